"""What a quiet tenant notices of one that attacks: a whole router, alone and beside each attack."""
