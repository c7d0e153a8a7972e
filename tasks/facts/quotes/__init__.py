"""Quotes: who said what, in whose words, and through which channel.

Each room does one thing: ``marks`` pairs quotation marks, ``units`` turns sentences into noun groups and words of saying, ``contents``
finds what is said, ``sources`` takes speakers apart, ``inheritance`` finds those that the words leave unsaid.
"""

from tasks.facts.quotes.attributions import quotes

__all__ = ["quotes"]
