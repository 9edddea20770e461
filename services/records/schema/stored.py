"""The resource types the record accepts: primary care, its registries, payers and documents."""

STORED: tuple[str, ...] = tuple(
    """
    Patient RelatedPerson Person Practitioner PractitionerRole Organization OrganizationAffiliation
    HealthcareService Location Endpoint CareTeam Group

    Encounter EpisodeOfCare Appointment AppointmentResponse Schedule Slot Flag List Basic

    Observation Condition Procedure DiagnosticReport Specimen BodyStructure ImagingStudy Media
    AllergyIntolerance AdverseEvent DetectedIssue ClinicalImpression RiskAssessment FamilyMemberHistory
    QuestionnaireResponse Questionnaire Composition DocumentReference Binary

    Medication MedicationRequest MedicationDispense MedicationStatement MedicationAdministration Substance
    Immunization ImmunizationRecommendation ImmunizationEvaluation SupplyRequest SupplyDelivery

    CarePlan Goal ServiceRequest Task RequestGroup NutritionOrder VisionPrescription
    Device DeviceRequest DeviceUseStatement Communication CommunicationRequest

    Consent Provenance AuditEvent Account Coverage CoverageEligibilityRequest CoverageEligibilityResponse
    Claim ClaimResponse ChargeItem

    Bundle Parameters OperationOutcome MeasureReport
    """.split()  # noqa: SIM905 - a page of quotes reads worse
)
