"""What becomes of every column of the database on the way to the dataset: decided here by hand, one by one."""

from __future__ import annotations

from enum import StrEnum


class Class(StrEnum):
    """What happens to a column; where it is treated (here or at the anonymiser) is the extract's business."""

    PSEUDONYMISE = "pseudonymise"
    GENERALISE = "generalise"
    KEEP = "keep"


# Columns that leave in some form, and the fields of the extract that they become.
LEAVES: dict[str, tuple[Class, tuple[str, ...]]] = {
    "person.nhs_number": (Class.PSEUDONYMISE, ("nhs_number",)),
    "person.birth_date": (Class.GENERALISE, ("age_years",)),
    "person.about": (Class.GENERALISE, ("gender", "ethnicity")),  # language stays inside
    "person.address": (Class.GENERALISE, ("outward_code",)),
    "referral.id": (Class.PSEUDONYMISE, ("referral_key",)),
    "organisation.ods": (Class.KEEP, ("practice",)),  # of a GP practice alone
    "organisation.source_kind": (Class.KEEP, ("source",)),
    "ods_entry.network": (Class.KEEP, ("network",)),  # of a GP practice alone
    "postcode.lsoa": (Class.GENERALISE, ("small_area",)),  # of where the person lives
    "postcode.imd_decile": (Class.GENERALISE, ("deprivation_decile",)),
    "area.imd_decile": (Class.GENERALISE, ("deprivation_decile",)),  # of two, the small area's goes before
    "referral.received_at": (Class.GENERALISE, ("referred_month",)),
    "referral.needs": (Class.GENERALISE, ("need",)),  # the first of them
    "referral.end_reason": (Class.GENERALISE, ("end", "end_reason")),
    "referral.status": (Class.GENERALISE, ("end", "end_reason")),  # whether it was taken back
    "placement.status": (Class.GENERALISE, ("declines", "unanswered")),  # how many said no, or nothing
    "placement.reason": (Class.GENERALISE, ("decline_reason",)),  # a code of the published list, never words
    "placement.started_at": (Class.GENERALISE, ("weeks_to_start",)),
    "organisation.provider_kind": (Class.KEEP, ("provider_kind",)),
    "contact.reached": (Class.GENERALISE, ("contacts",)),  # how many
    "outcome.state": (Class.KEEP, ("outcome",)),
    "outcome.goal_before": (Class.KEEP, ("goal_before",)),
    "outcome.goal_after": (Class.KEEP, ("goal_after",)),
    "measure_response.answers": (
        Class.KEEP,
        tuple(
            f"{item}_{phase}"
            for item in ("life_satisfaction", "worthwhile", "happy", "anxious", "loneliness")
            for phase in ("before", "after")
        ),
    ),
}

# Columns that stay inside, table by table. A new column is written down here or above before it is merged.
STAYS: dict[str, str] = {
    "organisation": "id kind name environment use_cases parks_unknown_use_cases team_id"
    " feedback_transport feedback_address feedback_format progress_messages created_at updated_at",
    "service": "id provider_id name description needs areas min_age max_age genders languages access capacity"
    " places_left answer_days verified_on kind status eligibility rules cost for_whom takes wait_weeks weekly_limit"
    " full_until terms contact_name contact_phone contact_email verified_by source external_id listed_at"
    " updated_at",
    "organisation_profile": "organisation_id legal_form charity_number description led_by size host_id phone email"
    " website verified_on verified_by source external_id updated_at",
    "assurance": "id organisation_id kind valid_from valid_until checked_on checked_by taken_back_on",
    "venue": "id name kind address_lines postcode latitude longitude access host_id source external_id",
    "service_session": "id service_id venue_id weekday starts ends repeats note",
    "taxonomy_term": "taxonomy code name parent needs",
    "service_words": "service_id plain words",
    "postcode": "postcode latitude longitude ward msoa lad ended",
    "area": "code name neighbourhood closed_at",
    "ods_entry": "code role name address_lines postcode phone active",
    "field_origin": "subject subject_id field source value imported_at",
    "import_set_aside": "id source digest external_id raw problems first_seen_at last_seen_at settled_at",
    "user_account": "id organisation_id role username password_hash full_name email manages active created_at"
    " begun_at",
    "user_session": "token_hash user_id created_at last_seen_at expires_at entering_for told_by id confirmed_at waiting"
    " two_steps device challenge identity_id provider_session seat_id",
    "identity": "id user_id issuer subject_hash joined_at used_at",
    "logout_token": "issuer jti expires_at",
    "totp_secret": "user_id data_key key_id secret made_at confirmed_at last_step",
    "passkey": "id user_id name credential_id public_key sign_count made_at used_at",
    "recovery_code": "id user_id code_hash made_at used_at",
    "kept_form": "id user_id data_key key_id body created_at expires_at organisation_id for_later",
    "seat": "id user_id organisation_id role begun_at begun_by ended_at ended_by",
    "steward_grant": "id user_id asked_by asked_at decided_by decided_at granted kind email email_before role",
    "api_client": "id name organisation_id practices jwks jwks_uri jwks_fetched_at jwks_tried_at scopes dialect"
    " active behind_proxy",
    "api_token": "token_hash client_id scope issued_at expires_at certificate",
    "api_assertion": "client_id jti expires_at",
    # restricted and the opt-outs decide whether anything leaves at all; they do not leave themselves
    "person": "id fence_id nhs_number_index replaced_indexes likeness_index names contact"
    " identity_confirmed restricted deceased type1_opt_out national_opt_out national_checked_on national_check_id"
    " heard created_at updated_at",
    "person_key": "person_id data_key key_id destroyed_at",
    "person_word": "id person_id practice_id nhs_number_index words heard updated_at",
    "person_link": "id code_hash digits_hash person_id referral_id team_id purpose said_safe created_at expires_at"
    " revoked_at opened_at wrong carer agreed_on identity_id provider_session",
    "own_visit": "id token_hash person_id link_id begun_at expires_at ended_at",
    "person_identity": "id person_id issuer subject_hash bound_at used_at ended_at",
    # what somebody wants for their life, in their own words: never a field of the dataset
    "care_plan": "id person_id referral_id team_id version plan how recorded_by recorded_at",
    "shared_goal": "id person_id referral_id team_id placement_id goal_id words recorded_by recorded_at ended_at",
    # what somebody says of themselves stays inside: groups of one would be told by it
    "person_characteristic": "id person_id team_id question said said_by recorded_by recorded_at",
    "person_comment": "id person_id referral_id team_id link_id about kind words made_at answer settled answered_at"
    " answered_by",
    # what was put right of somebody, before and after, never leaves
    "person_correction": "id person_id referral_id team_id parts told_by why texts placement_ids recorded_by"
    " recorded_at",
    "escalation": "id matter subject_id referral_id placement_id team_id provider_id due_at rung told presses raised_at"
    " settled_at settled_how",
    "hand_over": "id referral_id from_id to_id words back_on made_by made_at asked_at settled_at",
    "snooze": "id referral_id until_on reason made_by made_at ended_at",
    "invariant_run": "id ran_at checked breaches",
    "referral": "reference person_id requester_id team_id owner_id on_duty version priority use_case access"
    " needs_by_person safeguarding asked_priority asked_safeguarding reason brief cautions wishes"
    " requested_by original_bundle_id header_id"
    " correlation_id requester_reference requester_identifiers order_sent authored_on"
    " journey_id reply_endpoint heard next_action_on ended_at updated_at is_history",
    "placement": "id referral_id service_id provider_id team_id version offered_at respond_by answered_at"
    " respond_by_before ended_at why brief passed_from origin_told",
    "referral_bond": "id referral_id other_id decision reason decided_at decided_by undone_at",
    "offer_plan": "id referral_id placement_id position service_id why",
    "contact": "id referral_id placement_id channel happened_on minutes note recorded_by recorded_at with_whom result"
    " taken_back_at taken_back_by",
    "outcome": "id referral_id placement_id goal summary actions risks recorded_at",
    "measure_response": "id referral_id placement_id measure phase taken_on recorded_at version months said_by way"
    " skipped words",
    "transition": "id referral_id placement_id track action before after reason stage said role actor"
    " organisation_id user_id at entered_by_id named",
    "feedback": "id referral_id kind number status version message_id header_id transport composed_at sent_at"
    " delivered_at acknowledged_at acknowledged_how failure",
    "consent": "id person_id referral_id kind given source asked_by recorded_at wording how expires_on ways",
    "consent_wording": "kind version question words made_at made_by",
    "measure_file": "id kind code version content state taken_up_at taken_up_by changed_at changed_by",
    "follow_up": "id referral_id team_id months due_on status way look_on asked_at asked_times calls reason mail_id"
    " settled_at settled_by",
    # milestones stay inside until a place has decided on a published list of them; the words never leave
    "milestone": "id referral_id placement_id code happened_on words organisation_id recorded_by recorded_at"
    " removed_at removed_by",
    "waiting_place": "placement_id joined_at wait_weeks wait_said_on",
    "attendance": "id placement_id held_on number answer note recorded_by recorded_at",
    "onward": "id referral_id placement_id kind state service_id reason made_by made_at decided_by decided_at",
    # a word that came late counts where the link worker took it up: as the outcome then
    "late_word": "id referral_id placement_id state words named told_at told_by entered_by_id settled_as settled_at"
    " settled_by",
    "question": "id placement_id asked asked_at asked_by days_left answer answered_at answered_by",
    "unmet_need": "id referral_id need area ward neighbourhood how reasons recorded_at lifted_at",
    "place_rules": "place_id numbers changed_at changed_by",
    "blockage": "id organisation_id written_by theme area data_key key_id words written_at taken_back_at looked_at"
    " looked_by done",
    "blockage_referral": "blockage_id referral_id",
    "entry_pair": "id kept_id other_id decision status_before decided_at decided_by undone_at",
    "task": "id kind organisation_id referral_id inbox_id due_on created_at done_at done_by fields",
    "inbox_message": "id sender request_id correlation_id bundle_id header_id digest data_key key_id body status"
    " parked_reason referral_id response_status response_body received_at",
    "outbox_message": "id feedback_id transport recipient content_type correlation_id data_key key_id body status"
    " attempts next_attempt_at leased_until last_error transport_reference created_at sent_at",
    "audit_name": "id organisation_id data_key key_id name",
    "audit_check": "id asked_at asked_by done_at lines faults checkpoint checkpoint_at copied copy_fault",
    "audit_event": "seq shard number at role actor organisation_id act subject subject_id person_id detail"
    " previous_hash hash",
    "national_check": "id asked_at asked reference sent_at attempts settled_at opted_out problem",
    "extract_run": "id created_at policy rows opted_out excluded sealed_sha256",
    "extract_item": "referral_id extract_id included reason",
    "async_job": "id kind client_id organisation_id role request_id correlation_id content_type digest data_key key_id"
    " asked status progress attempts next_attempt_at leased_until answer_status answer created_at ends_at",
    "async_part": "id job_id file number lines size body",
    "subscription": "id organisation_id client_id role status criteria payload content data_key key_id told ends_at"
    " error version created_at updated_at last_number attempts failing_since next_attempt_at leased_until",
    "subscription_notice": "subscription_id number type resource_id version happened_at",
    "step_to_tell": "transition_id",
    "place_change": "id subject act detail changed_at changed_by",
    "set_aside": "id kind subject_id reason set_at set_by ended_at",
    "mail_message": "id to_address to_person subject data_key key_id body purpose organisation_id created_at"
    " due_at leased_until attempts last_error sent_at failed_at left_at channel template template_version referral_id"
    " reference was_tried transport transport_reference delivery watch_on placement_id",
    # what somebody says in the middle of help is for their link worker; practices' settings are no person's
    "check_in": "id referral_id team_id day due_on status way look_on asked_at mail_id answer answered_at answered_by"
    " reason settled_at",
    "practice_setting": "practice_id summary_on summary_to confirmed_at told_month changed_at changed_by",
    "service_dial": "service_id checked_at week",
    "entry_chase": "id service_id kind mail_id chased_at",
    "entry_change": "id service_id organisation_id data_key key_id words told_at settled_at settled_by",
    "one_tap_link": "id code_hash purpose subject_id organisation_id created_at expires_at used_at revoked_at tries"
    " tries_since helper_id",
    "link_helper": "id organisation_id name link_to code_kind code_to added_at added_by verified_on verified_how"
    " verified_by locked_at removed_at",
    "links_off": "id organisation_id off_at off_by on_at",
    "link_visit": "id token_hash link_id placement_id organisation_id helper_id started_at code_hash code_until"
    " codes_sent tries opened_at named expires_at ended_at",
    "kept_link_form": "id helper_id placement_id data_key key_id body created_at expires_at",
    "payment_terms": "id service_id provider_id payer_id amount overheads engagement sessions starts_on recorded_at"
    " ended_at",
    "payment_line": "id terms_id placement_id provider_id payer_id reference due_on noted_at paid_on paid_by",
    "funder_grant": "id organisation_id funder title reference starts_on ends_on service_ids recorded_at ended_at",
    "population": "area kind of_group people",
    "membership": "id anchor_id member_id kinds agreed_on agreed_by agreed_how until recorded_at ended_at ended_by",
    "story": "id organisation_id placement_id referral_id person_id words told_as asked_by agreed_on uses recorded_by"
    " recorded_at withdrawn_at withdrawn_by",
    "funder_link": "id organisation_id title funder code_hash pack story_ids made_by made_at until_on revoked_at opened"
    " opened_at",
    "cohort": "id name requester_id uploaded_for status data_key key_id asked_by made_at sent_at ended_at",
    "cohort_line": "cohort_id number status request_id number_id names_id asked problems attempts reference",
    "prefilled_referral": "id code_hash organisation_id data_key key_id person made_at expires_at",
    "project": "id place_id asked_by status round papers member_ids agreement made_at changed_at",
    "project_step": "project_id number act at by_id round decides_as reason papers agreement",
    "project_token": "id project_id user_id name token_hash made_at expires_on last_used_on revoked_at",
    # what was given to a person who asked for everything is theirs
    "subject_access": "id person_id referral_id team_id status asked_how asked_at asked_by due_on body released_at"
    " released_by",
    "erasure": "id person_id why erased_at rows",
    "retention_review": "id person_id why kept_until asked_how due_on referral_id status listed_at listed_by verdict"
    " reason words keep_until proposed_at proposed_by decided_at decided_by dropped_why erasure_id",
    "legal_hold": "id person_id code words until made_at made_by lift_asked_at lift_asked_by lifted_at lifted_by",
    "retention_run": "id ran_at looked_at listed",
    # who of the staff looked at whose record in an emergency, and what their counts show
    "emergency_access": "id person_id user_id organisation_id reason words opened_at ends_at reviewed_at reviewed_by"
    " verdict note",
    "look_alert": "id kind user_id organisation_id person_id count from_at noted_at reviewed_at reviewed_by verdict",
    "access_withheld": "id access_id piece reason made_at made_by undone_at",
    "referral_version": "referral_id version made_in status end_reason needs priority reason at",
}
