//! Values far above what fits into one row.

use taskbox::domain::transition::Settlement;
use taskbox::domain::{Failure, FailureKind, Jitter, Json, Outcome};

use taskbox::ports::EndedAttempt;

use super::world::{NOW, World, after, json};

/// The largest output that a limit allows.
const LARGEST_BYTES: usize = 16 << 20;

fn text(bytes: usize) -> Json {
    json(format!("\"{}\"", "x".repeat(bytes - 2)))
}

pub async fn large_values_read_back_everywhere(world: &World) {
    for bytes in [4_000, 4_096, 4_097, 100_000, LARGEST_BYTES] {
        let id = world.submit(|draft| draft.input = text(bytes)).await;
        assert_eq!(world.details(id).await.payload.input, text(bytes));
        let token = world.start(id, NOW).await;
        world.storage.save_checkpoint(id, token, "big".to_owned(), text(bytes)).await.expect("saved");
        let outcome = Outcome::Succeeded(text(bytes));
        let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
        let ended = EndedAttempt { job: id, settlement, log: "l".repeat(bytes.min(4 << 20)) };
        world.settle_attempt(ended, NOW).await.expect("settled");
        assert_eq!(world.details(id).await.output, Some(text(bytes)));
        assert_eq!(world.storage.checkpoints(id).await.expect("read")["big"], text(bytes));
        assert_eq!(world.storage.logs(id).await.expect("read")[0].text.len(), bytes.min(4 << 20));
    }
}

pub async fn a_large_value_written_over_by_a_small_one_leaves_nothing(world: &World) {
    let (id, order) = world.submit_order(&"u".repeat(9_000), |_| {}).await;
    let token = world.start(id, NOW).await;
    for bytes in [100_000, 3, 50_000] {
        world.storage.save_checkpoint(id, token, "c".to_owned(), text(bytes)).await.expect("saved");
        assert_eq!(world.storage.checkpoints(id).await.expect("read")["c"], text(bytes));
    }
    let failure =
        Failure::permanent(FailureKind::Permanent, "e".repeat(4_096)).with_detail("d".repeat(4_096));
    world.settle(id, token, Outcome::Failed(failure), after(1)).await.expect("settled");
    assert_eq!(world.details(id).await.errors[0].message.len(), 4_096);
    assert_eq!(world.order(order).await.user_id.len(), 9_000);
}
