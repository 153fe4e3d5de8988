"""The names an analyst sees."""

import inspect

import walkshed


def test_every_public_name_is_listed_and_sorted() -> None:
    public = [
        name
        for name, value in vars(walkshed).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    ]
    assert walkshed.__all__ == sorted(public)


def test_every_public_name_says_what_it_is() -> None:
    silent = [name for name in walkshed.__all__ if not inspect.getdoc(getattr(walkshed, name))]
    assert silent == []


def test_every_public_function_is_typed() -> None:
    untyped = []
    for name in walkshed.__all__:
        thing = getattr(walkshed, name)
        if inspect.isfunction(thing):
            signature = inspect.signature(thing)
            kinds = [p.annotation for p in signature.parameters.values()]
            if inspect.Parameter.empty in [*kinds, signature.return_annotation]:
                untyped.append(name)
    assert untyped == []


def test_the_version_is_the_one_that_is_installed() -> None:
    from importlib.metadata import version

    assert walkshed.__version__ == version("walkshed")
