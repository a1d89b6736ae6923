from bisect import bisect_right

_STEPS = [0, 6, 18, 65, 131]
_CENTS = [0, 1000, 2000, 1500]


def price(age):
    row = bisect_right(_STEPS, age) - 1
    if not 0 <= row < len(_CENTS):
        raise ValueError(f"nobody is {age} years old")
    return _CENTS[row]


def total(ages):
    full = sum(map(price, ages))
    return full - full // 10 if len(ages) > 4 else full
