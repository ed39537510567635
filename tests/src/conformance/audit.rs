//! The audit log.

use std::time::Duration;

use taskbox::domain::{AuditAction, AuditEntry, AuditFilter, AuditOutcome, Json, Submitter, Timestamp};
use taskbox::ports::{AUDIT_PRUNED_MAX, AuditRetention};

use super::world::{NOW, World, after};

const FOR_EVER: AuditRetention = AuditRetention { age: None, count: 1_000_000 };

fn entry(resource: &str, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        actor: Submitter::token("ops"),
        action: AuditAction::QueueConfigure,
        resource: resource.to_owned(),
        outcome: AuditOutcome::Done,
        before: None,
        after: Some(Json::empty_object()),
        address: Some("127.0.0.1".to_owned()),
        user_agent: Some("case".to_owned()),
        request_id: "1".to_owned(),
    }
}

async fn append(world: &World, count: u64, retention: AuditRetention) {
    for number in 0..count {
        let entry = entry(&format!("queues/q{}", number % 2), after(number));
        world.storage.append_audit(entry, retention, after(number)).await.expect("appended");
    }
}

async fn numbers(world: &World) -> Vec<u64> {
    let page = world.storage.audit(AuditFilter::default(), None, 1_000).await.expect("read");
    page.entries.iter().map(|(number, _)| *number).collect()
}

pub async fn entries_are_numbered_without_a_gap_and_read_back_the_latest_first(world: &World) {
    assert!(numbers(world).await.is_empty());
    let written = entry("queues/mail", NOW);
    assert_eq!(world.storage.append_audit(written.clone(), FOR_EVER, NOW).await.expect("appended"), 1);
    append(world, 2, FOR_EVER).await;
    assert_eq!(numbers(world).await, [3, 2, 1]);
    let page = world.storage.audit(AuditFilter::default(), Some(2), 9).await.expect("read");
    assert_eq!((page.entries, page.next), (vec![(1, written)], None));
}

pub async fn a_page_leads_to_the_next_one_also_with_a_filter(world: &World) {
    append(world, 1_300, FOR_EVER).await;
    let filter = AuditFilter { resource: Some("queues/q0".to_owned()), ..AuditFilter::default() };
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = world.storage.audit(filter.clone(), before, 100).await.expect("read");
        assert!(page.entries.len() <= 100);
        seen.extend(page.entries.iter().map(|(number, _)| *number));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let odd: Vec<u64> = (1..=1_300).rev().filter(|number| number % 2 == 1).collect();
    assert_eq!(seen, odd);
    let none = AuditFilter { actor: Some("nobody".to_owned()), ..AuditFilter::default() };
    assert_eq!(world.storage.audit(none, None, 1).await.expect("read"), Default::default());
}

pub async fn old_entries_go_by_count_and_by_age_and_never_the_new_one(world: &World) {
    append(world, 5, AuditRetention { age: None, count: 3 }).await;
    assert_eq!(numbers(world).await, [5, 4, 3]);
    let short = AuditRetention { age: Some(Duration::from_secs(1)), count: 3 };
    world.storage.append_audit(entry("queues/x", NOW), short, after(9)).await.expect("appended");
    assert_eq!(numbers(world).await, [6]);
}

pub async fn a_shorter_retention_takes_effect_in_bounded_steps(world: &World) {
    append(world, 40, FOR_EVER).await;
    let one = AuditRetention { age: None, count: 1 };
    for (number, left) in [(41, 41 - AUDIT_PRUNED_MAX), (42, 42 - 2 * AUDIT_PRUNED_MAX), (43, 1)] {
        let entry = entry("queues/x", NOW);
        assert_eq!(world.storage.append_audit(entry, one, NOW).await.expect("appended"), number);
        assert_eq!(numbers(world).await.len() as u64, left);
    }
}
