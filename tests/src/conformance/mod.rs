//! What every storage driver must do, case by case.
//!
//! A driver's author supplies how to make a fresh store and writes
//! `taskbox_tests::storage_conformance!(name, fresh);` in a test file: one test for each case. After
//! every case the invariant of the product is checked: an order is loading exactly while its job is
//! not final.

pub mod actions;
pub mod audit;
pub mod chains;
pub mod checkpoints;
pub mod claims;
pub mod costs;
pub mod expiry;
pub mod flow_control;
pub mod grants;
pub mod hosts;
pub mod idempotency;
pub mod inbox;
pub mod large;
pub mod leases;
pub mod lists;
pub mod many;
pub mod operations;
pub mod orders;
pub mod plugins;
pub mod queues;
pub mod rescue;
pub mod retention;
pub mod schedules;
pub mod secrets;
pub mod settle;
pub mod steps;
pub mod submit;
pub mod submitters;
pub mod throughput;
pub mod tokens;
pub mod unique;
pub mod world;

use std::any::Any;
use std::sync::Arc;

use taskbox::ports::Storage;
use world::World;

/// A fresh, empty store, and what must live as long as it does.
pub struct Fresh {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// The same store as another host has it: a handle of its own, where the driver can have several.
    pub other: Arc<dyn Storage>,
    /// A temporary directory, for example.
    pub keep: Box<dyn Any>,
    /// How many steps submissions, claims, ends and actions took so far, of a driver that counts them: each look
    /// at a job, a queue, a task or a key, and each change of the order in which they are looked at.
    pub claim_steps: Option<Box<dyn Fn() -> u64>>,
}

/// Runs one case against a fresh store, then checks the invariant.
pub fn run_case(fresh: Fresh, case: impl AsyncFnOnce(&World)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let world = World::new(fresh.storage).beside(fresh.other).counting(fresh.claim_steps);
    runtime.block_on(async {
        case(&world).await;
        world.assert_orders_follow_their_jobs().await;
    });
}

/// One test for each case, against the driver whose fresh stores `$fresh` makes.
#[macro_export]
macro_rules! storage_conformance {
    ($driver:ident, $fresh:path) => {
        mod $driver {
            $crate::storage_cases! { $fresh,
                hosts {
                    a_host_reads_what_another_one_wrote,
                    of_claims_that_overlap_each_job_is_in_one,
                    limits_are_exact_over_claims_that_overlap,
                    rates_are_exact_over_claims_that_overlap,
                    a_concurrency_key_is_exact_over_claims_that_overlap,
                    fairness_keys_have_turns_over_the_claims_of_two_hosts,
                    of_submissions_that_overlap_one_has_the_unique_key,
                    of_requests_that_overlap_one_is_the_first_of_its_idempotency_key,
                    of_results_and_rescues_that_overlap_one_counts,
                    a_host_sees_the_revision_of_what_another_one_uploaded_granted_or_rotated,
                }
                audit {
                    entries_are_numbered_without_a_gap_and_read_back_the_latest_first,
                    a_page_leads_to_the_next_one_also_with_a_filter,
                    old_entries_go_by_count_and_by_age_and_never_the_new_one,
                    a_shorter_retention_takes_effect_in_bounded_steps,
                }
                tokens {
                    a_token_is_there_as_it_was_made_until_it_is_removed,
                    the_latest_use_of_a_token_stays_and_changes_no_revision,
                    a_session_is_there_until_it_is_closed,
                    sessions_that_are_over_go_when_another_one_is_opened,
                    the_sessions_of_a_token_end_with_it,
                }
                submit {
                    a_submitted_job_is_there_as_it_was_submitted,
                    a_batch_is_stored_whole,
                    a_job_that_exists_already_is_refused_with_all_that_came_with_it,
                    an_order_is_there_with_its_job,
                    a_caller_that_goes_away_does_not_undo_the_write,
                    a_submission_may_bring_so_many_names_and_no_more,
                    a_job_that_adds_nothing_brings_no_name,
                    a_name_is_free_for_another_when_its_last_job_is_gone,
                }
                unique {
                    a_second_job_of_a_key_is_the_first_one,
                    racing_submits_of_a_key_make_one_job,
                    a_key_counts_within_its_task,
                    duplicates_inside_one_batch_are_one_job,
                    a_final_job_counts_only_when_its_state_is_named,
                    the_three_waiting_states_are_told_apart_by_the_time,
                    a_job_counts_for_its_period_only,
                    a_job_that_expired_before_it_began_does_not_count,
                    a_replaced_job_gets_everything_of_the_new_one_but_its_name_and_age,
                    a_job_replaced_over_and_over_keeps_its_place_in_the_line,
                    a_running_or_final_job_is_not_replaced_and_not_moved,
                    a_job_that_has_begun_is_replaced_by_another_one,
                    a_debounced_job_is_due_when_the_latest_one_would_have_been,
                    a_due_job_that_is_submitted_again_keeps_its_place_in_the_line,
                    a_deleted_job_frees_its_key,
                    a_repeated_request_shows_the_duplicate_again,
                }
                operations {
                    an_operation_is_kept_with_its_progress,
                    a_bounded_number_of_ended_operations_is_kept,
                }
                throughput {
                    attempts_are_added_up_by_minute,
                    a_week_is_kept,
                }
                submitters {
                    a_job_and_its_order_keep_their_submitter,
                    the_submitters_of_many_jobs_are_told_in_their_order,
                    a_foreign_job_is_a_duplicate_that_is_neither_replaced_nor_moved,
                    a_job_waits_for_no_foreign_one,
                    a_job_waits_for_no_foreign_one_that_stands_for_its_parent,
                    a_batch_that_touches_one_foreign_job_stores_nothing,
                    an_operator_replaces_a_foreign_job_by_its_own_and_waits_for_any,
                }
                claims {
                    a_due_job_is_claimed_once,
                    jobs_are_claimed_by_priority_then_due_time_then_age,
                    a_job_due_later_does_not_hold_up_one_due_now,
                    a_claim_takes_no_more_than_its_limit_and_says_that_more_are_due,
                    a_claim_says_when_the_next_job_falls_due,
                    a_clock_that_steps_back_makes_a_job_wait_again,
                    a_job_past_its_expiry_is_discarded_by_the_claim,
                    a_claim_names_the_code_that_runs_the_task_now,
                    a_job_whose_task_the_claimant_does_not_run_waits,
                    a_retried_job_keeps_its_priority,
                    claims_at_the_same_time_never_share_a_job,
                }
                costs {
                    names_of_queues_and_tasks_cost_a_claim_nothing,
                    closed_queues_cost_a_claim_nothing,
                    concurrency_keys_cost_a_claim_nothing,
                    fairness_keys_of_a_concurrency_key_cost_a_claim_nothing,
                    tasks_priorities_and_callers_of_a_concurrency_key_cost_a_claim_nothing,
                    a_refused_batch_costs_the_next_claim_nothing,
                    fairness_keys_of_a_limited_queue_cost_a_claim_nothing,
                    waiting_jobs_cost_a_claim_nothing,
                }
                expiry {
                    an_expired_job_is_discarded_whatever_holds_it_back,
                    those_that_expired_first_go_first_and_no_more_than_the_limit,
                    the_order_of_an_expired_job_fails_and_its_children_follow,
                    a_job_that_began_or_was_retried_by_a_person_does_not_expire,
                }
                leases {
                    a_renewed_lease_outlives_its_first_end,
                    a_lost_lease_is_said_and_the_others_are_kept,
                    a_renewal_brings_progress_and_the_wish_to_stop,
                    a_job_that_is_gone_has_lost_its_lease,
                }
                settle {
                    success_keeps_the_output_and_completes_the_order,
                    a_retryable_failure_waits_and_keeps_its_error,
                    a_last_failure_discards_the_job_and_fails_the_order,
                    a_stale_lease_is_refused_and_writes_nothing,
                    of_several_results_one_that_is_refused_keeps_no_other_from_being_written,
                    a_late_result_is_remembered_and_changes_nothing,
                    an_interrupted_attempt_costs_nothing,
                    an_interrupted_attempt_costs_no_place_in_the_line,
                    a_job_that_was_to_stop_ends_cancelled_with_its_last_failure,
                    a_snoozed_job_waits_and_costs_no_attempt,
                    a_snooze_is_at_least_a_second_and_at_most_a_day,
                    a_cancelled_attempt_cancels_job_and_order,
                    logs_are_kept_by_attempt_and_an_empty_one_is_none,
                    only_the_newest_logs_are_kept,
                    an_unknown_job_is_not_found,
                }
                rescue {
                    an_expired_lease_is_taken_back_and_the_attempt_counts,
                    a_held_lease_is_left_alone,
                    rescue_takes_no_more_than_its_limit_the_oldest_first,
                    a_stale_lease_is_refused_after_rescue,
                    the_last_attempt_ends_discarded,
                    the_last_attempt_of_a_job_that_was_to_stop_ends_cancelled,
                    jobs_taken_back_together_do_not_return_together,
                }
                actions {
                    a_waiting_job_is_cancelled_at_once,
                    a_running_job_is_asked_to_stop,
                    a_final_job_stays_as_it_is_when_cancelled,
                    a_retried_job_begins_anew_and_its_order_loads_again,
                    a_completed_job_that_is_retried_has_no_output,
                    a_due_job_that_is_hurried_up_keeps_its_place_in_the_line,
                    a_job_due_later_is_due_at_once_when_it_is_retried,
                    a_retry_of_a_person_lifts_the_expiry,
                    a_running_job_is_neither_retried_nor_deleted,
                    a_deleted_job_is_gone_and_its_final_order_stays,
                    a_job_that_is_deleted_before_its_end_cancels_its_order,
                    an_unknown_job_is_not_acted_upon,
                }
                many {
                    names_of_jobs_are_listed_as_the_jobs_are,
                    only_jobs_that_the_filter_still_shows_are_acted_upon,
                    one_that_refuses_does_not_keep_the_others_from_it,
                    running_jobs_among_many_are_asked_to_stop_once,
                    completed_jobs_are_retried_among_many_only_when_named,
                    a_retry_among_many_counts_only_what_it_changes,
                }
                retention {
                    a_final_job_goes_when_its_age_is_reached_and_not_before,
                    those_that_became_final_first_go_when_there_are_too_many,
                    a_step_forgets_no_more_than_its_limit,
                    each_state_is_kept_by_its_own_rule,
                    a_job_goes_with_all_that_was_its_and_its_final_order_stays,
                    a_job_that_was_retried_is_not_forgotten,
                }
                chains {
                    a_job_is_due_when_all_that_it_waits_for_have_completed,
                    a_job_that_waits_for_any_is_due_with_the_first,
                    a_released_job_still_waits_for_its_own_time,
                    the_policy_says_what_becomes_of_a_job_when_a_parent_fails,
                    a_discarded_child_says_which_parent_failed_and_its_order_fails,
                    any_is_discarded_only_when_nobody_is_left_that_could_complete,
                    a_parent_that_completes_again_counts_once,
                    who_waits_for_a_failed_parent_is_due_when_a_retry_completes_it,
                    a_parent_that_is_final_already_counts_at_once,
                    a_diamond_runs_its_end_once,
                    a_chain_runs_one_after_the_other,
                    a_long_chain_is_discarded_in_steps,
                    a_parent_of_many_releases_them_in_steps,
                    who_waits_for_nobody_known_is_refused_with_all_that_came_with_it,
                    a_person_may_run_cancel_or_delete_a_job_that_waits,
                    a_parent_that_expires_is_followed_too,
                    who_waits_for_a_duplicate_waits_for_the_job_that_is_there,
                    a_replaced_job_waits_no_longer_and_one_that_waits_replaces_nobody_in_place,
                    a_parent_is_kept_until_its_children_are_final,
                    a_webhook_is_stored_with_its_job_and_is_due_when_that_is_final,
                    a_duplicate_is_told_by_the_webhook_that_is_there,
                    a_job_that_is_replaced_by_one_that_tells_gets_its_webhook,
                }
                idempotency {
                    the_same_key_stores_nothing_and_gives_the_first_answer_again,
                    a_first_answer_is_read_by_its_key_as_long_as_that_is_kept,
                    a_first_answer_says_again_which_tasks_were_held_back,
                    the_same_key_at_the_same_time_is_a_replay,
                    another_body_under_the_same_key_is_refused,
                    keys_of_different_calls_do_not_meet,
                    an_expired_key_is_free_again,
                    a_job_that_was_deleted_is_answered_as_it_was,
                    a_job_that_was_replaced_is_answered_as_it_was,
                    a_completed_duplicate_that_was_run_again_is_answered_with_its_first_result,
                    a_duplicate_of_many_is_answered_without_its_results,
                    a_child_that_was_discarded_at_once_is_answered_with_its_reason,
                    an_order_is_answered_as_it_was_placed_also_without_its_job,
                    jobs_that_replace_one_another_are_answered_each_as_it_was,
                    a_key_used_again_in_the_same_group_is_a_replay,
                }
                checkpoints {
                    a_checkpoint_is_there_on_the_next_attempt,
                    a_checkpoint_is_written_over_by_its_name,
                    a_stale_lease_writes_no_checkpoint,
                    strange_names_are_kept_apart,
                }
                steps {
                    a_step_submits_a_job_once,
                    a_step_submits_nothing_else,
                    a_stale_lease_submits_nothing,
                    steps_are_known_on_the_next_attempt_and_without_their_jobs,
                    a_duplicate_stands_for_the_job_of_a_step,
                    steps_go_with_their_job_and_what_they_submitted_stays,
                    a_job_waits_for_the_duplicate_that_stands_for_one_that_it_submitted,
                    a_cancel_a_retry_and_an_event_end_a_wait_for_jobs,
                    a_wait_for_jobs_has_an_end_after_which_they_wake_it_no_more,
                    a_wait_for_jobs_that_are_final_or_gone_ends_at_once,
                    a_job_waits_until_those_that_it_submitted_are_final_however_they_end,
                }
                inbox {
                    a_job_waits_for_an_event_at_the_cost_of_no_attempt,
                    a_failed_attempt_before_a_wait_does_not_make_it_a_retry,
                    a_wait_takes_at_least_a_second,
                    an_event_that_came_before_is_found_and_ends_the_wait,
                    the_first_value_of_an_event_stays,
                    a_wait_that_is_over_is_over_for_good,
                    an_event_that_comes_before_the_task_has_seen_the_end_of_its_wait_counts,
                    another_event_wakes_no_job,
                    a_job_that_failed_after_its_wait_is_not_woken,
                    a_final_job_receives_nothing,
                    events_are_bounded_in_number_and_bytes,
                    a_cancel_ends_a_wait_at_once,
                    a_retry_runs_a_waiting_job_without_the_event,
                    a_job_that_waits_for_an_event_holds_its_unique_key,
                    a_job_that_waits_for_an_event_holds_its_key_back_in_strict_order,
                    a_url_stays_the_same_as_long_as_it_works,
                    a_url_sends_its_event_once_and_until_it_expires,
                    a_job_has_no_more_urls_than_events,
                    an_inbox_goes_with_its_job,
                }
                orders {
                    orders_are_listed_newest_first_by_user_and_status,
                    pages_of_orders_meet_without_gap,
                    a_failed_order_says_why,
                }
                lists {
                    jobs_are_listed_newest_first_in_pages,
                    a_page_of_large_inputs_is_cut_and_goes_on,
                    jobs_are_listed_by_each_of_the_seven_states,
                    jobs_are_listed_by_task_queue_and_tag_together,
                    queues_count_their_jobs_by_state,
                    counts_follow_the_clock_forth_and_back,
                }
                plugins {
                    the_same_bytes_are_the_same_version,
                    the_revision_grows_with_every_change_and_with_nothing_else,
                    a_refused_activation_adds_nothing,
                    the_active_version_is_switched,
                    a_removed_plugin_takes_its_bytes_and_its_grant_along,
                    bytes_that_another_plugin_has_stay,
                }
                grants {
                    a_grant_is_written_before_its_plugin_and_written_over,
                    a_full_grant_reads_back,
                }
                secrets {
                    a_secret_keeps_its_first_date,
                    a_removed_secret_is_gone,
                }
                schedules {
                    a_schedule_is_there_as_it_was_written_until_it_is_removed,
                    a_schedule_written_again_keeps_its_phase_and_its_first_date,
                    due_schedules_are_found_the_longest_due_first,
                    a_tick_writes_its_jobs_and_moves_the_schedule_on,
                    hosts_that_see_the_same_tick_make_one_job,
                    a_tick_of_a_schedule_that_was_changed_or_removed_writes_nothing,
                    a_tick_that_is_left_out_still_moves_the_schedule_on,
                    a_refused_job_leaves_the_schedule_where_it_was,
                }
                queues {
                    settings_are_kept_and_shown_beside_the_counts_until_they_are_cleared,
                    a_change_keeps_what_it_does_not_name,
                    a_paused_queue_gives_no_job_and_does_not_wake_anybody,
                    jobs_of_a_paused_queue_that_run_finish,
                    no_more_jobs_of_a_queue_run_than_it_allows,
                    a_job_that_ends_or_is_taken_back_makes_room,
                    a_rate_lets_a_burst_start_and_then_one_at_a_time,
                    a_rate_keeps_the_order_and_only_its_own_queue_back,
                    a_job_that_expired_does_not_count_as_started,
                    claims_at_the_same_time_keep_the_limits,
                    a_full_claim_says_that_more_may_start,
                    a_claim_of_some_queues_sees_no_others,
                }
                flow_control {
                    a_task_is_held_back_over_all_queues,
                    the_rate_of_a_task_keeps_the_order,
                    a_start_counts_against_queue_and_task,
                    tasks_with_jobs_or_settings_are_listed,
                    no_more_attempts_of_a_plugin_start_than_the_host_has_room_for,
                    one_job_of_a_key_runs_at_a_time_when_nothing_is_said,
                    the_limit_of_keys_is_changed_while_jobs_run,
                    a_key_is_free_when_its_job_is_taken_back_or_cancelled,
                    in_strict_order_a_retry_or_a_delay_holds_the_next_back,
                    in_strict_order_the_order_of_submission_counts_and_not_that_of_ids,
                    in_strict_order_one_runs_whatever_the_limit_and_others_beside_it,
                    one_that_is_retried_by_a_person_is_in_order_again,
                    a_small_tenant_has_its_turn_before_a_large_one_is_through,
                    keys_have_turns_by_weight_over_all_queues_and_tasks,
                    a_tenant_that_was_held_back_gains_no_credit,
                    a_caller_with_many_fairness_keys_has_no_more_turns_than_another,
                    the_fairness_keys_of_a_concurrency_key_take_turns,
                    the_gates_before_a_job_are_shown,
                    a_small_tenant_of_a_concurrency_key_has_its_turn_before_many_large_ones_are_through,
                    a_concurrency_key_has_turns_of_its_own,
                    a_weight_is_the_number_of_starts_of_a_round_within_a_concurrency_key,
                    a_weight_counts_among_the_keys_of_its_caller,
                    keys_of_a_rated_queue_keep_their_turns_while_others_go_on,
                }
                large {
                    large_values_read_back_everywhere,
                    a_large_value_written_over_by_a_small_one_leaves_nothing,
                }
            }
        }
    };
}

/// The tests of [`storage_conformance`].
#[macro_export]
macro_rules! storage_cases {
    ($fresh:path, $($group:ident { $($case:ident),* $(,)? })*) => {
        $(mod $group {
            $(#[test]
            fn $case() {
                let fresh = $fresh();
                $crate::conformance::run_case(fresh, $crate::conformance::$group::$case);
            })*
        })*
    };
}
