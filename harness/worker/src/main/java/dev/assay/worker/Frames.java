package dev.assay.worker;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Messages on a stream: four bytes of length, little-endian, then that many bytes of UTF-8.
///
/// The length is capped, so that a peer that writes something else is found out at once instead of being waited for.
final class Frames implements Closeable {
    static final int LARGEST = 16 << 20;

    private final SocketChannel channel;

    Frames(SocketChannel channel) {
        this.channel = channel;
    }

    /// The bytes of a message. Throws IllegalArgumentException if it is too large: that is no fault of the peer.
    static ByteBuffer frame(String text) {
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        if (message.length > LARGEST) {
            throw new IllegalArgumentException("a message of " + message.length + " bytes; the largest is " + LARGEST);
        }
        ByteBuffer frame = ByteBuffer.allocate(4 + message.length).order(ByteOrder.LITTLE_ENDIAN);
        return frame.putInt(message.length).put(message).flip();
    }

    void send(String text) throws IOException {
        send(frame(text));
    }

    synchronized void send(ByteBuffer frame) throws IOException {
        while (frame.hasRemaining()) {
            channel.write(frame);
        }
    }

    /// Waits for the next message. Throws EOFException when the peer is gone, ProtocolException when it sends
    /// something else.
    String receive() throws IOException {
        ByteBuffer head = read(4);
        if (head.limit() == 0) {
            throw new EOFException("the peer closed the connection");
        }
        int length = whole(head, 4).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length < 0 || length > LARGEST) {
            throw new ProtocolException("a frame of " + Integer.toUnsignedString(length)
                    + " bytes; the peer does not speak" + " this protocol");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(whole(read(length), length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("a message that is not UTF-8; the peer does not speak this protocol");
        }
    }

    /// As many bytes as asked for, or fewer if the stream ends.
    private ByteBuffer read(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // read on
        }
        return bytes.flip();
    }

    private static ByteBuffer whole(ByteBuffer bytes, int length) throws EOFException {
        if (bytes.limit() < length) {
            throw new EOFException("the peer closed the connection in the middle of a message");
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
