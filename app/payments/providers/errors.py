"""What can go wrong with a vendor."""


class VendorBusy(Exception):
    """The vendor did not answer, or asks to come back later: the same call again is right."""


class VendorRefused(Exception):
    """The vendor understood and will not do it. `code` is its own word for the reason."""

    def __init__(self, code: str, words: str = ""):
        super().__init__(f"{code}: {words}" if words else code)
        self.code = code


class Forged(Exception):
    """A message in the vendor's name whose signature does not hold, or that is not for us."""


class UnknownKey(Forged):
    """Signed with a key that is not known here: the vendor may have changed its keys."""
