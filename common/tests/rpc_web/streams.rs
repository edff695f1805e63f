//! Streams as one body: pieces, however the network cuts them.

use proptest::{collection::vec, prelude::*};
use twinbridge_common::{
    rpc::web::{StreamError, StreamPiece, StreamReader},
    wire::{Bytes, Codec, Ending, Payload},
};

fn item(value: &[u8]) -> StreamPiece {
    let value = Bytes::copy_from_slice(value);
    StreamPiece::Item(Payload::encode(Codec::MessagePack, &value).unwrap())
}

fn failure() -> StreamPiece {
    StreamPiece::Failed(Ending::Failed {
        scope: "notes".into(),
        key: "Gone".into(),
        number: 7,
        message: "gone".into(),
        payload: None,
    })
}

fn written(pieces: &[StreamPiece]) -> Vec<u8> {
    let pieces = pieces.iter().flat_map(|piece| piece.write().unwrap());
    pieces.flat_map(Bytes::into_vec).collect()
}

fn read_all(reader: &mut StreamReader) -> Result<Vec<StreamPiece>, StreamError> {
    let mut pieces = Vec::new();
    while let Some(piece) = reader.next_piece()? {
        pieces.push(piece);
    }
    Ok(pieces)
}

#[test]
fn a_piece_is_its_kind_its_length_and_its_bytes() {
    assert_eq!(
        written(&[item(b"ab")]),
        [0, 4, 0, 0, 0, 0xc4, 2, b'a', b'b']
    );
    assert_eq!(written(&[StreamPiece::End]), [1, 0, 0, 0, 0]);
    assert_eq!(written(&[failure()])[0], 2);
}

#[test]
fn a_stream_that_is_not_one_is_refused() {
    for (bytes, error) in [
        (&[3, 0, 0, 0, 0][..], StreamError::BadPiece { kind: 3 }),
        (&[1, 1, 0, 0, 0], StreamError::BadPiece { kind: 1 }),
        (
            &[0, 255, 255, 255, 255],
            StreamError::TooLong {
                len: 0xffff_ffff,
                max: 64,
            },
        ),
        (&[1, 0, 0, 0, 0, 0], StreamError::AfterEnd),
    ] {
        let mut reader = StreamReader::new(64);
        reader.push(Bytes::copy_from_slice(bytes));
        assert_eq!(read_all(&mut reader), Err(error), "{bytes:?}");
    }
    let mut reader = StreamReader::new(64);
    reader.push(Bytes::from(&[2, 1, 0, 0, 0, 0]));
    assert!(
        read_all(&mut reader)
            .unwrap_err()
            .to_string()
            .starts_with("the failure at the end")
    );
}

#[test]
fn a_stream_that_was_cut_off_is_told_from_one_that_ended() {
    let whole = written(&[item(b"ab"), failure()]);
    for len in 0..whole.len() {
        let mut reader = StreamReader::new(64);
        reader.push(Bytes::copy_from_slice(&whole[..len]));
        read_all(&mut reader).unwrap();
        assert_eq!(reader.finish(), Err(StreamError::CutOff), "{len}");
    }
    let mut reader = StreamReader::new(64);
    reader.push(whole.into());
    assert_eq!(read_all(&mut reader).unwrap(), [item(b"ab"), failure()]);
    assert_eq!((reader.finish(), reader.waiting()), (Ok(()), 0));
}

proptest! {
    #[test]
    fn pieces_come_back_however_they_are_cut(
        items in vec(vec(any::<u8>(), 0..40), 0..6),
        fails in any::<bool>(),
        cuts in vec(1_usize..50, 1..20),
    ) {
        let mut pieces: Vec<StreamPiece> = items.iter().map(|bytes| item(bytes)).collect();
        pieces.push(if fails { failure() } else { StreamPiece::End });
        let whole = Bytes::from(written(&pieces));
        let mut reader = StreamReader::new(4096);
        let (mut at, mut seen) = (0, Vec::new());
        for cut in cuts.iter().cycle() {
            if at == whole.len() {
                break;
            }
            let end = (at + cut).min(whole.len());
            reader.push(whole.slice(at..end));
            at = end;
            seen.extend(read_all(&mut reader).unwrap());
        }
        prop_assert_eq!(seen, pieces);
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn any_bytes_are_pieces_or_an_error(bytes in vec(any::<u8>(), 0..60)) {
        let mut reader = StreamReader::new(64);
        reader.push(bytes.into());
        let _ = read_all(&mut reader);
    }
}
