"""entry-risk: scores customs entries for the risk of denial as made with forced labour."""

import gc

__version__ = "0.1.0"

# Tables, indexes and statements are made once and live as long as the process. Looking for cycles
# after every 700 new objects, as Python does by itself, is a quarter of the time to start.
gc.set_threshold(50_000, 20, 100)
