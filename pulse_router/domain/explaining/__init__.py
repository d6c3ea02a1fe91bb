"""Why a route takes a message or not: by level of the topic, by clause of the filter."""
