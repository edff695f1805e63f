//! Stores come and go by name.

use std::sync::Arc;

use twinbridge::TokioExecutor;
use twinbridge_common::{
    RpcManager,
    interfaces::{
        rpc::{OverRpc, StorageRpcClient, StorageRpcInterface, StorageRpcServer},
        storage::StorageError,
    },
    rpc::{
        InProcessRpcConfiguration, RpcConnectionGuard, RpcInterfaces, RpcOptions, RpcRoutingToken,
    },
    wire::Value,
};

use crate::app::{App, Page, app_error, text};

#[tokio::test]
async fn names_are_those_of_all_stores_whether_open_or_not() {
    let app = App::new();
    let page = app.page().await;
    assert_eq!(page.storage.names().await.unwrap(), [""; 0]);
    for store in ["b", "a", "c.d"] {
        let opened = page.storage.open(text(store)).await.unwrap();
        assert_eq!((&*opened.store, opened.set_aside), (store, None));
    }
    page.storage.close(text("b")).await.unwrap();
    assert_eq!(page.storage.names().await.unwrap(), ["a", "b", "c.d"]);
    assert!(page.storage.delete(text("b")).await.unwrap());
    assert!(!page.storage.delete(text("b")).await.unwrap());
    assert_eq!(page.storage.names().await.unwrap(), ["a", "c.d"]);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_refused_by_every_method() {
    let app = App::new();
    let page = app.page().await;
    let bad = || text("../a");
    let problem = "only ASCII letters, digits, `-`, `_` and `.` may be in it";
    let refused = StorageError::BadName {
        store: bad(),
        problem: text(problem),
    };
    let storage = &page.storage;
    let opened = storage.open(bad()).await.map(drop);
    let deleted = storage.delete(bad()).await.map(drop);
    let got = storage.get(bad(), text("k")).await.map(drop);
    let set = storage.set(bad(), text("k"), Value::Null).await;
    let listed = storage.keys(bad()).await.map(drop);
    for answer in [opened, deleted, got, set, listed] {
        assert_eq!(answer.map_err(app_error), Err(refused.clone()));
    }
    storage.close(bad()).await.unwrap();
    assert!(!app.folder.path().join("a.db").exists());
}

#[tokio::test]
async fn names_that_differ_in_case_alone_are_not_both_taken() {
    let app = App::new();
    let page = Page::with(&app, "Settings").await;
    let error = page.storage.open(text("settings")).await.map_err(app_error);
    assert_eq!(
        error.unwrap_err().to_string(),
        "`settings` cannot be the name of a store: there is `Settings`, and some systems would \
         take one for the other"
    );
}

#[tokio::test]
async fn a_store_is_open_for_those_who_opened_it() {
    let app = App::new();
    let owner = Page::with(&app, "a").await;
    let other = app.page().await;
    let not_open = StorageError::NotOpen { store: text("a") };
    let get = |page: &Page| page.storage.get(text("a"), text("key"));
    assert_eq!(get(&other).await.map_err(app_error), Err(not_open.clone()));
    owner.storage.open(text("a")).await.unwrap();
    owner.storage.close(text("a")).await.unwrap();
    assert_eq!(get(&owner).await.map_err(app_error), Err(not_open));
}

#[tokio::test]
async fn a_deleted_store_is_closed_for_all_and_empty_when_it_is_opened_again() {
    let app = App::new();
    let (owner, other) = (Page::with(&app, "a").await, Page::with(&app, "a").await);
    let set = owner.storage.set(text("a"), text("key"), Value::Int(1));
    set.await.unwrap();
    assert!(other.storage.delete(text("a")).await.unwrap());
    let rest: Vec<_> = std::fs::read_dir(app.folder.path().join("storage"))
        .unwrap()
        .collect();
    assert!(rest.is_empty(), "{rest:?}");
    for page in [&owner, &other] {
        let keys = page.storage.keys(text("a")).await.map_err(app_error);
        assert_eq!(keys, Err(StorageError::NotOpen { store: text("a") }));
    }
    owner.storage.open(text("a")).await.unwrap();
    assert_eq!(owner.storage.keys(text("a")).await.unwrap(), [""; 0]);
}

/// Once its last session has gone, SQLite has put the log back into the file and removed it.
#[tokio::test]
async fn the_end_of_the_last_session_closes_the_file() {
    let app = App::new();
    let (first, second) = (Page::with(&app, "a").await, Page::with(&app, "a").await);
    let set = first.storage.set(text("a"), text("key"), Value::Int(1));
    set.await.unwrap();
    let log = app.file("a").with_extension("db-wal");
    drop(first);
    let get = second.storage.get(text("a"), text("key")).await.unwrap();
    assert_eq!(get, Value::Int(1));
    assert!(log.exists());
    drop(second);
    let closed = async {
        while log.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), closed)
        .await
        .unwrap();
    let page = Page::with(&app, "a").await;
    let get = page.storage.get(text("a"), text("key")).await.unwrap();
    assert_eq!(get, Value::Int(1));
}

#[tokio::test]
async fn stores_are_there_for_rpc_and_pages_hear_of_its_changes() {
    let app = App::new();
    let page = Page::with(&app, "a").await;
    let (_connection, client) = rpc(&app);
    client.open(text("a")).await.unwrap();
    let nan = Value::Float(f64::NAN);
    client
        .set(text("a"), text("key"), nan.clone())
        .await
        .unwrap();
    assert_eq!(client.get(text("a"), text("key")).await.unwrap(), nan);
    let absent = client.get(text("a"), text("none")).await.unwrap();
    assert_eq!(absent, Value::Undefined);
    assert_eq!(page.heard.first(1).await.len(), 1);
}

/// A client within the process, over a configuration of its own.
fn rpc(app: &App) -> (RpcConnectionGuard, StorageRpcClient) {
    let executor = TokioExecutor::new(tokio::runtime::Handle::current());
    let manager = RpcManager::default();
    manager.supply_impl_instance::<StorageRpcInterface>(StorageRpcServer(OverRpc(
        app.handler.clone(),
    )));
    let interfaces = RpcInterfaces::default().interface::<StorageRpcInterface>();
    let server = manager.expose(&interfaces);
    let configuration = Arc::new(InProcessRpcConfiguration::new(server, Arc::new(executor)));
    let options = RpcOptions::default();
    let connection = manager.connect(configuration, &interfaces, options);
    let routing = RpcRoutingToken::default();
    let client = manager.get_client_for_interface(&routing).unwrap();
    (connection.unwrap(), client)
}

#[tokio::test]
async fn the_end_of_one_configuration_of_rpc_closes_what_its_own_clients_opened() {
    let app = App::new();
    let (first, second) = (rpc(&app), rpc(&app));
    let not_open = StorageError::NotOpen { store: text("a") };
    first.1.open(text("a")).await.unwrap();
    let get = second.1.get(text("a"), text("key")).await;
    assert_eq!(get.map_err(app_error), Err(not_open));
    second.1.open(text("a")).await.unwrap();
    let set = second.1.set(text("a"), text("key"), Value::Int(1));
    set.await.unwrap();
    drop(first);
    let get = second.1.get(text("a"), text("key")).await.unwrap();
    assert_eq!(get, Value::Int(1));
    let log = app.file("a").with_extension("db-wal");
    assert!(log.exists());
    drop(second);
    let closed = async {
        while log.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), closed)
        .await
        .unwrap();
}
