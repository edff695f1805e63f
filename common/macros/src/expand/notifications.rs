//! The two ends of a notification contract: its sender and its receiver.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::{Generated, argument_names, parameters, read_arguments, with_suffix, write_arguments};
use crate::{docs, parse::Method};

pub(super) fn expand(generated: &Generated<'_>) -> TokenStream {
    let sender = sender(generated);
    let receiver = receiver(generated);
    quote_spanned!(Span::mixed_site()=> #sender #receiver)
}

fn sender(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        ..
    } = generated;
    let sender = with_suffix(name, "Sender");
    let doc = format!("Sends the notifications of [`{name}`] to the other side.");
    let methods = contract
        .methods
        .iter()
        .map(|method| send(generated, method));
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #vis struct #sender {
            sender: #krate::ipc::NotificationSender,
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #sender {
            /// Sends through `sender`.
            #[must_use]
            #vis fn new(sender: #krate::ipc::NotificationSender) -> Self {
                Self { sender }
            }

            #(#methods)*
        }
    }
}

fn send(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let Generated {
        krate, vis, name, ..
    } = generated;
    let called = method.name();
    let docs = docs::repeated(
        method.passed_attributes(),
        &format!("Sends [`{name}::{called}`]."),
    );
    let parameters = parameters(method);
    let channel = generated.channel_name();
    let method_name = generated.method_name(method);
    let at = Span::mixed_site();
    let delivery = match method.latest {
        Some(_) => quote_spanned!(at=> #krate::ipc::Delivery::Latest),
        None => quote_spanned!(at=> #krate::ipc::Delivery::Reliable),
    };
    let count = method.arguments.len();
    let write_arguments = write_arguments(method);
    quote_spanned! {at=>
        #docs
        ///
        /// `now()` sends it at once, or fails where there is no room; awaiting it waits for room.
        #vis fn #called(&self, #parameters) -> #krate::ipc::Unsent {
            self.sender.prepare(&#channel, &#method_name, #delivery, #count, #write_arguments)
        }
    }
}

fn receiver(generated: &Generated<'_>) -> TokenStream {
    let Generated {
        contract,
        krate,
        vis,
        name,
        interface,
        channel,
        ..
    } = generated;
    let receiver = with_suffix(name, "Receiver");
    let doc = format!(
        "Receives the notifications of channel `{channel}` with an implementation of [`{name}`]."
    );
    let channel = generated.channel_name();
    let methods = contract
        .methods
        .iter()
        .map(|method| receive(generated, method));
    let at = Span::mixed_site();
    quote_spanned! {at=>
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #vis struct #receiver<T>(
            /// The implementation.
            #vis T,
        );

        #[automatically_derived]
        #[allow(deprecated)]
        impl<T: #name> #krate::ipc::NotificationListener for #receiver<T> {
            fn channel_name(&self) -> #krate::wire::ChannelName {
                #channel
            }

            fn receive(
                &self,
                notification: &#krate::ipc::Message,
            ) -> ::core::result::Result<(), #krate::ipc::Refusal> {
                match notification.name.as_str() {
                    #(#methods)*
                    _ => ::core::result::Result::Err(notification.unknown_notification()),
                }
            }
        }

        #[automatically_derived]
        impl<T: #name> #krate::ipc::IntoNotificationListener<#interface> for #receiver<T> {
            fn into_notification_listener(
                self,
            ) -> ::std::sync::Arc<dyn #krate::ipc::NotificationListener> {
                ::std::sync::Arc::new(self)
            }
        }
    }
}

/// The arm of one notification.
fn receive(generated: &Generated<'_>, method: &Method<'_>) -> TokenStream {
    let name = generated.name;
    let wire_name = &method.wire_name.text;
    let called = method.name();
    let read_arguments = read_arguments(method);
    let argument_names = argument_names(method);
    let arguments = method.arguments.iter().map(|argument| argument.name);
    quote_spanned! {Span::mixed_site()=>
        #wire_name => {
            let #argument_names = notification.read_arguments(#read_arguments)?;
            <T as #name>::#called(&self.0, #(#arguments),*);
            ::core::result::Result::Ok(())
        }
    }
}
