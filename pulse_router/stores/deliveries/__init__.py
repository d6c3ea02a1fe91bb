"""The queue: deliveries, who may attempt them, what became of them."""
