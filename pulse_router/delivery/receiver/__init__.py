"""The receiver of a route, as its lane sees it: how it does, and how it wants to be served."""
