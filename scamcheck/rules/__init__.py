"""Rules: the YAML officers edit, its checks, and its evaluation on a matched text."""
