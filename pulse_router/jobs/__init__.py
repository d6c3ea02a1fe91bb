"""Jobs: the stage that does with many dead letters what a person asks for once."""
