"""A synthetic world of customs entries with hidden forced labour, seeded and documented.

docs/synthetic.md says what is calibrated on published figures and what is invented.
"""

from training.synthetic.plan import Mechanisms, Plan
from training.synthetic.world import World, make_world

__all__ = ["Mechanisms", "Plan", "World", "make_world"]
