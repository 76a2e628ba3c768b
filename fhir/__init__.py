"""FHIR R4 mapping, pure; shares its name with the library fhir.resources, whose modules stay reachable."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
