//! The page of Greeter: a form, on the plain document.
//!
//! It has no framework and no script of its own besides the one that loads the module. What it
//! shows is what the generated clients and listeners give it.

mod document;

use greeter_contract::greetings::{
    GreetingError, GreetingNews, GreetingNewsReceiver, GreetingsClient, GreetingsInterface,
};
use twinbridge_common::{
    CallError, FrontendIpc,
    interfaces::host::{AppHostClient, AppHostInterface},
    ipc::Declared,
};
use wasm_bindgen::prelude::wasm_bindgen;

/// Connects the page and wires the form.
#[wasm_bindgen(start)]
pub fn start() {
    twinbridge_frontend::spawn(async {
        if let Err(problem) = connect().await {
            document::show("status", &problem);
        }
    });
}

async fn connect() -> Result<(), String> {
    let socket = twinbridge_frontend::connect().map_err(in_words)?;
    let declared = Declared::default()
        .interface::<AppHostInterface>()
        .interface::<GreetingsInterface>();
    // `cargo xtask new-interface` declares interfaces above this line.
    let ipc = FrontendIpc::startup(socket, declared)
        .await
        .map_err(in_words)?;
    let news = ipc.listen(GreetingNewsReceiver(News)).map_err(in_words)?;
    let greetings: GreetingsClient = ipc.client().map_err(in_words)?;
    document::on("greet", "submit", move || {
        // The listener is attached as long as the form is.
        let _ = &news;
        let greetings = greetings.clone();
        twinbridge_frontend::spawn(async move { greet(&greetings).await });
    });
    let host: AppHostClient = ipc.client().map_err(in_words)?;
    let app = host.app_info().await.map_err(in_words)?;
    document::show("status", &format!("connected to {}", app.name));
    Ok(())
}

async fn greet(greetings: &GreetingsClient) {
    let (greeting, problem) = match greetings.greet(document::value("name")).await {
        Ok(greeting) => (
            format!("{} After {}.", greeting.text, greeting.greeted_before),
            String::new(),
        ),
        Err(CallError::App(error @ GreetingError::Nobody)) => (String::new(), error.to_string()),
        Err(CallError::App(GreetingError::TooLong { characters, limit })) => {
            (String::new(), format!("{characters} of {limit}"))
        }
        Err(error) => (String::new(), format!("unexpected: {error}")),
    };
    document::show("greeting", &greeting);
    document::show("problem", &problem);
}

struct News;

impl GreetingNews for News {
    fn greeted(&self, name: String, number: u32) {
        document::show("news", &format!("{number}: {name}"));
    }
}

#[allow(clippy::needless_pass_by_value)] // For `map_err`.
fn in_words(error: impl std::error::Error) -> String {
    error.to_string()
}
