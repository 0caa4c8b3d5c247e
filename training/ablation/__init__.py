"""What each group of features is worth in the synthetic world, judged on its hidden truth."""

from training.ablation.command import ablate

__all__ = ["ablate"]
