//! The handler of `greetings`.
//!
//! It keeps who was greeted, and tells every page of each one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greeter_contract::greetings::{
    Greeting, GreetingError, GreetingNewsSender, Greetings, LONGEST_NAME,
};
use twinbridge::BackendIpc;

/// Greets people. Clones are the same greeter.
#[derive(Clone, Debug)]
pub struct Greeter {
    greeted: Arc<Mutex<Vec<String>>>,
    ipc: BackendIpc,
}

impl Greeter {
    /// A greeter who has met nobody and tells the pages of `ipc`.
    #[must_use]
    pub fn new(ipc: BackendIpc) -> Self {
        Self {
            greeted: Arc::default(),
            ipc,
        }
    }

    /// Greets somebody, whoever asked for it.
    ///
    /// # Errors
    /// [`GreetingError`] where the name is none, or too long.
    pub fn greet_now(&self, name: String) -> Result<Greeting, GreetingError> {
        let characters = name.chars().count();
        if characters == 0 {
            return Err(GreetingError::Nobody);
        }
        if characters > LONGEST_NAME {
            return Err(GreetingError::TooLong {
                characters: characters.try_into().unwrap_or(u32::MAX),
                limit: LONGEST_NAME as u32,
            });
        }
        let number = {
            let mut greeted = self.greeted();
            greeted.push(name.clone());
            u32::try_from(greeted.len()).unwrap_or(u32::MAX)
        };
        // The news is lost where no page is there to hear it, and nobody misses it then.
        if let Ok(sender) = self.ipc.notification_sender() {
            let news = GreetingNewsSender::new(sender);
            let _ = news.greeted(name.clone(), number).now();
        }
        Ok(Greeting {
            text: format!("Hello, {name}!"),
            greeted_before: number - 1,
        })
    }

    fn greeted(&self) -> MutexGuard<'_, Vec<String>> {
        self.greeted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Greetings for Greeter {
    async fn greet(&self, name: String) -> Result<Greeting, GreetingError> {
        self.greet_now(name)
    }
}
