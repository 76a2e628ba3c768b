"""The tests, importable as one package so that all of them share conftest.py and factories.py."""
