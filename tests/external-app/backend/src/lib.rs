//! The greeter's handlers: what `main` registers.
//!
//! They keep who was greeted, and tell every page of each one. Nothing here knows of windows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bridge::BackendIpc;
use greeter_contract::{
    Farewells, Greeting, GreetingError, GreetingNewsSender, Greetings, LONGEST_NAME,
};

/// Greets people and takes leave of them. Clones are the same greeter.
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

    fn greeted(&self) -> MutexGuard<'_, Vec<String>> {
        self.greeted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Greetings for Greeter {
    async fn greet(&self, name: String) -> Result<Greeting, GreetingError> {
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
        // The news is lost where no page is there to hear it, and so is the reply then.
        if let Ok(sender) = self.ipc.notification_sender() {
            let _ = GreetingNewsSender::new(sender)
                .greeted(name.clone(), number)
                .now();
        }
        Ok(Greeting {
            text: format!("Hello, {name}!"),
            greeted_before: number - 1,
        })
    }
}

impl Farewells for Greeter {
    async fn leave(&self) -> Vec<String> {
        let greeted = std::mem::take(&mut *self.greeted());
        greeted
            .iter()
            .map(|name| format!("Goodbye, {name}."))
            .collect()
    }
}
