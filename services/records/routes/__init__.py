"""HTTP only: `fhir` (the FHIR door), `bundles`, `visits` (plain JSON), `imports`,
`people` (access log), `inner` (peers)."""
