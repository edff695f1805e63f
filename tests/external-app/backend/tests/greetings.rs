//! `greetings`, by its own client, in one process: frames are encoded and decoded as in the app.

use greeter::handlers::greetings::Greeter;
use greeter_contract::greetings::{
    GreetingError, GreetingsClient, GreetingsInterface, GreetingsServer,
};
use twinbridge::{
    CallError, FrontendIpc,
    common::ipc::{Declared, in_process},
};

#[test]
fn everybody_is_greeted_and_nobody_is_told_so() {
    let pair = in_process::pair();
    let greeter = Greeter::new(pair.backend().clone());
    let _guard = pair.backend().handle(GreetingsServer(greeter)).unwrap();
    let page = pair.connect("main");
    pair.run(async {
        let declared = Declared::default().interface::<GreetingsInterface>();
        let ipc = FrontendIpc::startup(page, declared).await.unwrap();
        let greetings = ipc.client::<GreetingsClient>().unwrap();
        let greeting = greetings.greet("Ada".to_owned()).await.unwrap();
        assert_eq!(greeting.text, "Hello, Ada!");
        assert_eq!(greeting.greeted_before, 0);
        let nobody = greetings.greet(String::new()).await.unwrap_err();
        assert!(matches!(nobody, CallError::App(GreetingError::Nobody)));
        assert_eq!(nobody.to_string(), "nobody is there to greet");
    });
}
