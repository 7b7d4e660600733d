"""How much of a known text was heard, in words."""


def errors(said, heard):
    """The least number of words replaced, missed or added that make `heard` of `said` (Levenshtein distance)."""
    said, heard = said.split(), heard.split()
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def percent(said, heard):
    words = len(said.split())
    return 100.0 * (words - errors(said, heard)) / words
