"""The pure room: vocabulary, reference, history, features, model, policy and reasons."""
