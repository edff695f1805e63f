//! Streams that the page takes.

use std::rc::Rc;

use futures_util::future::select_all;
use serde_json::{Value, json};
use twinbridge_common::CallError;

use crate::{
    contract::{Course, LabError, checksum},
    page::{Page, say},
};

/// Takes all of `numbers`.
pub(crate) async fn numbers(page: &Page, count: u32) -> Result<Course, String> {
    let mut stream = page.lab.numbers(count).await.map_err(say)?;
    let mut course = Course::default();
    while let Some(number) = stream.next().await {
        course.add(number.map_err(say)?);
    }
    Ok(course)
}

/// Takes all of `blocks`, and compares their checksum with the host's.
pub(crate) async fn blocks(page: &Page, count: u32) -> Result<Value, String> {
    let mut stream = page.lab.blocks(count).await.map_err(say)?;
    let (mut blocks, mut bytes, mut sum) = (0, 0, 0);
    while let Some(block) = stream.next().await {
        let block = block.map_err(say)?;
        blocks += 1;
        bytes += block.len();
        sum = checksum(sum, &block);
    }
    let is_right = sum == page.lab.checksum(count).await.map_err(say)?;
    Ok(json!({ "blocks": blocks, "bytes": bytes, "isRight": is_right }))
}

/// Takes a stream that fails.
pub(crate) async fn failing(page: &Page, count: u32) -> Result<Value, String> {
    let mut stream = page.lab.failing(count).await.map_err(say)?;
    let mut course = Course::default();
    while let Some(number) = stream.next().await {
        match number {
            Ok(number) => course.add(number),
            Err(CallError::App(LabError::After { items })) => {
                let is_over = stream.next().await.is_none();
                return Ok(json!({ "course": course, "items": items, "isOver": is_over }));
            }
            Err(error) => return Err(say(error)),
        }
    }
    Err("the stream ended in order".to_owned())
}

/// Takes an endless stream, and notes its course by name.
pub(crate) async fn consume(page: Rc<Page>, name: String, len: u32) -> Result<String, String> {
    let mut stream = page.lab.endless(name.clone(), len).await.map_err(say)?;
    while let Some(item) = stream.next().await {
        let item = item.map_err(say)?;
        let mut courses = page.courses.borrow_mut();
        let course = courses.entry(name.clone()).or_default();
        course.add_of(item.numbered, page.session);
        drop(courses);
        page.more();
    }
    Ok("the stream ended".to_owned())
}

/// Takes several endless streams until one of them has `count` items; gives all courses.
pub(crate) async fn race(page: Rc<Page>, streams: u32, count: u32) -> Result<Vec<Course>, String> {
    let runners = (0..streams).map(|number| {
        let page = Rc::clone(&page);
        let name = format!("race {number}");
        Box::pin(async move {
            let mut stream = page.lab.endless(name.clone(), 0).await.map_err(say)?;
            for _ in 0..count {
                let item = stream.next().await.ok_or("the stream ended")?;
                let numbered = item.map_err(say)?.numbered;
                let mut courses = page.courses.borrow_mut();
                let course = courses.entry(name.clone()).or_default();
                course.add_of(numbered, page.session);
            }
            Ok::<_, String>(())
        })
    });
    let (first, _, others) = select_all(runners).await;
    first?;
    drop(others);
    let courses = page.courses.borrow();
    let course = |number| courses.get(&format!("race {number}")).copied();
    Ok((0..streams)
        .map(|number| course(number).unwrap_or_default())
        .collect())
}
