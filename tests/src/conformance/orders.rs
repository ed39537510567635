//! Orders.

use taskbox::domain::{OrderId, OrderStatus, OrderStatusName, Outcome};
use taskbox::ports::{Action, OrderFilter, PageRequest};

use super::world::{NOW, World, permanent, receipt};

async fn listed(world: &World, user: Option<&str>, status: Option<OrderStatusName>) -> Vec<OrderId> {
    let filter = OrderFilter { user_id: user.map(str::to_owned), status };
    let page = PageRequest { limit: 100, before: None };
    world.storage.orders(filter, page).await.expect("listed").iter().map(|order| order.id).collect()
}

pub async fn orders_are_listed_newest_first_by_user_and_status(world: &World) {
    let (completed, first) = world.submit_order("ann", |_| {}).await;
    world.finish(completed, Outcome::Succeeded(receipt()), NOW).await;
    let (failed, second) = world.submit_order("bob", |_| {}).await;
    world.finish(failed, permanent(), NOW).await;
    let (cancelled, third) = world.submit_order("ann", |_| {}).await;
    world.act(cancelled, Action::Cancel).await.expect("cancelled");
    let (_, fourth) = world.submit_order("ann", |_| {}).await;
    assert_eq!(listed(world, None, None).await, [fourth, third, second, first]);
    assert_eq!(listed(world, Some("ann"), None).await, [fourth, third, first]);
    assert_eq!(listed(world, Some("ann"), Some(OrderStatusName::Completed)).await, [first]);
    assert_eq!(listed(world, None, Some(OrderStatusName::Failed)).await, [second]);
    assert_eq!(listed(world, None, Some(OrderStatusName::Cancelled)).await, [third]);
    assert_eq!(listed(world, None, Some(OrderStatusName::Loading)).await, [fourth]);
    assert_eq!(listed(world, Some("an"), None).await, []);
}

pub async fn pages_of_orders_meet_without_gap(world: &World) {
    let mut all = Vec::new();
    for _ in 0..7 {
        all.insert(0, world.submit_order("ann", |_| {}).await.1);
        world.submit_order("bob", |_| {}).await;
    }
    let filter = OrderFilter { user_id: Some("ann".to_owned()), status: None };
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let part =
            world.storage.orders(filter.clone(), PageRequest { limit: 3, before }).await.expect("listed");
        let Some(last) = part.last() else { break };
        before = Some(last.id);
        seen.extend(part.iter().map(|order| order.id));
        assert!(seen.len() <= all.len(), "the pages have no end: {seen:?}");
        world.submit_order("ann", |_| {}).await;
    }
    assert_eq!(seen, all);
}

pub async fn a_failed_order_says_why(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    world.finish(id, permanent(), NOW).await;
    let failed = OrderStatus::Failed { error: "card declined".to_owned() };
    assert_eq!(world.order(order).await.status, failed);
}
