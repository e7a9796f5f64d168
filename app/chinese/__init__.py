"""What do the service's sentences say in Chinese?

Everything that is wrong, odd or refused is written once, in English, where it is found. Here stands what each of these
sentences says in Chinese, by subject, and how the Chinese of one that has been written is found.
"""
