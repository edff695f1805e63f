//! What is put under a key comes back.

use twinbridge_common::{
    interfaces::storage::{StorageError, ValueType},
    wire::{Value, View},
};

use crate::app::{App, Page, app_error, text};

#[tokio::test]
async fn values_come_back_as_they_went_also_after_the_store_was_closed() {
    let app = App::new();
    let odd_nan = f64::from_bits(0x7FF8_0000_0000_BEEF);
    let values = [
        (Value::Null, ValueType::Null),
        (Value::Bool(true), ValueType::Boolean),
        (Value::Bool(false), ValueType::Boolean),
        (Value::Int(-7), ValueType::Number),
        (Value::UInt(u64::MAX), ValueType::Number),
        (Value::Float(0.1), ValueType::Number),
        (Value::Float(-0.0), ValueType::Number),
        (Value::Float(f64::INFINITY), ValueType::Number),
        (Value::Float(f64::NEG_INFINITY), ValueType::Number),
        (Value::Float(odd_nan), ValueType::Number),
        (Value::String(text("a\0ü\u{10FFFF}")), ValueType::String),
        (Value::String(String::new()), ValueType::String),
        (Value::bytes(vec![0, 1, 255]), ValueType::Bytes),
        (
            Value::Bytes {
                bytes: vec![1, 2, 3, 4].into(),
                view: View::Float32Array,
            },
            ValueType::Bytes,
        ),
    ];
    let page = Page::with(&app, "values").await;
    for (number, (value, _)) in values.iter().enumerate() {
        let key = number.to_string();
        page.storage
            .set(text("values"), key, value.clone())
            .await
            .unwrap();
    }
    for _ in ["open all the time", "closed in between"] {
        for (number, (value, kind)) in values.iter().enumerate() {
            let key = || number.to_string();
            let back = page.storage.get(text("values"), key()).await.unwrap();
            if let (Value::Float(back), Value::Float(value)) = (&back, value) {
                assert_eq!(back.to_bits(), value.to_bits());
            }
            assert_eq!(&back, value);
            let told = page.storage.value_type(text("values"), key()).await;
            assert_eq!(told.unwrap(), Some(*kind));
        }
        page.storage.close(text("values")).await.unwrap();
        page.storage.open(text("values")).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_is_not_there_is_undefined_and_one_with_null_is_null() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let get = || page.storage.get(text("a"), text("key"));
    let kind = || page.storage.value_type(text("a"), text("key"));
    assert_eq!(get().await.unwrap(), Value::Undefined);
    assert_eq!(kind().await.unwrap(), None);
    let set = page.storage.set(text("a"), text("key"), Value::Null);
    set.await.unwrap();
    assert_eq!(get().await.unwrap(), Value::Null);
    assert_eq!(kind().await.unwrap(), Some(ValueType::Null));
    let remove = || page.storage.remove(text("a"), text("key"));
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap());
    assert_eq!(get().await.unwrap(), Value::Undefined);
}

#[tokio::test]
async fn a_value_takes_the_place_of_the_one_before_whatever_its_type() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    for value in [Value::Int(1), Value::String(text("one")), Value::Null] {
        let set = page.storage.set(text("a"), text("key"), value.clone());
        set.await.unwrap();
        let back = page.storage.get(text("a"), text("key")).await.unwrap();
        assert_eq!(back, value);
    }
    assert_eq!(page.storage.keys(text("a")).await.unwrap(), ["key"]);
}

#[tokio::test]
async fn keys_are_any_text_and_are_listed_in_the_order_of_their_bytes() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let keys = [
        "",
        "\0",
        "\0a",
        "'; DROP TABLE entry; --",
        "Z",
        "a",
        "ä",
        "\u{1F600}",
    ];
    for key in keys.iter().rev() {
        let set = page
            .storage
            .set(text("a"), text(key), Value::String(text(key)));
        set.await.unwrap();
    }
    assert_eq!(page.storage.keys(text("a")).await.unwrap(), keys);
    for key in keys {
        let value = page.storage.get(text("a"), text(key)).await.unwrap();
        assert_eq!(value, Value::String(text(key)));
    }
    page.storage.remove_all(text("a")).await.unwrap();
    assert_eq!(page.storage.keys(text("a")).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn other_values_are_refused_and_what_was_there_stays() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let set = |value| page.storage.set(text("a"), text("key"), value);
    set(Value::Int(1)).await.unwrap();
    for (value, what) in [
        (Value::Undefined, "undefined"),
        (Value::BigInt(text("12")), "a bigint"),
        (Value::Date(0.0), "a date"),
        (Value::Array(vec![]), "an array"),
    ] {
        let error = set(value).await.map_err(app_error).unwrap_err();
        assert_eq!(error, StorageError::NotStorable { what: text(what) });
    }
    let back = page.storage.get(text("a"), text("key")).await.unwrap();
    assert_eq!(back, Value::Int(1));
}
