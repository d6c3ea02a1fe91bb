"""Work on many dead letters: made, looked at, paused, resumed, cancelled."""
