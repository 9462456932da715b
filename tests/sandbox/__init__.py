"""Tests of the sandbox; a package, so that they can share `sandbox_http`."""
