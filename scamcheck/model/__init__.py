"""The statistical half: corpus, vocabulary, training, artefact and the numpy-only runtime."""
