//! Operations: actions on many jobs that go on by themselves.

use taskbox::domain::transition::Action;
use taskbox::domain::{
    JobFilter, JobId, OPERATIONS_ENDED_MAX, Operation, OperationChange, OperationId, OperationState,
    StateName, Submitter,
};

use super::world::{NOW, World, after};

fn operation(number: u16) -> Operation {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let queue = Some("mail".parse().expect("a queue name"));
    Operation {
        id: OperationId::from_bytes(id),
        action: Action::Retry,
        filter: JobFilter { state: Some(StateName::Discarded), queue, ..JobFilter::default() },
        submitter: Submitter::token("ops"),
        created_at: NOW,
        updated_at: NOW,
        state: OperationState::Running,
        expected: Some(20_000),
        matched: 0,
        changed: 0,
        cursor: None,
        error: None,
    }
}

async fn add(world: &World, number: u16) -> OperationId {
    let operation = operation(number);
    world.storage.add_operation(operation.clone()).await.expect("added");
    operation.id
}

async fn change(world: &World, id: OperationId, change: OperationChange) -> Option<Operation> {
    world.storage.change_operation(id, change, after(1_000)).await.expect("changed")
}

pub async fn an_operation_is_kept_with_its_progress(world: &World) {
    let id = add(world, 1).await;
    assert_eq!(world.storage.operation(id).await.expect("read"), Some(operation(1)));
    let to = JobId::from_bytes([9; 16]);
    let step = OperationChange::Advance { from: None, to, matched: 64, changed: 60 };
    let advanced = change(world, id, step.clone()).await.expect("it is there");
    let expected =
        Operation { matched: 64, changed: 60, cursor: Some(to), updated_at: after(1_000), ..operation(1) };
    assert_eq!(advanced, expected);
    assert_eq!(change(world, id, step).await, Some(expected.clone()), "a step counts once");
    assert_eq!(world.storage.operations().await.expect("read"), [expected]);
    let missing = OperationId::from_bytes([0xee; 16]);
    assert_eq!(change(world, missing, OperationChange::End(OperationState::Stopped, None)).await, None);
}

pub async fn a_bounded_number_of_ended_operations_is_kept(world: &World) {
    let running = add(world, 1).await;
    for number in 2..=OPERATIONS_ENDED_MAX as u16 + 4 {
        let id = add(world, number).await;
        change(world, id, OperationChange::End(OperationState::Completed, None)).await;
    }
    let last = add(world, 9_999).await;
    let kept: Vec<_> = world.storage.operations().await.expect("read").iter().map(|each| each.id).collect();
    assert_eq!(kept.len(), OPERATIONS_ENDED_MAX + 2);
    assert_eq!((kept.first(), kept.last()), (Some(&last), Some(&running)), "newest first");
}
