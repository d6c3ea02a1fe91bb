"""Dead letters: which ones are meant, how many they are, and the work on many."""
