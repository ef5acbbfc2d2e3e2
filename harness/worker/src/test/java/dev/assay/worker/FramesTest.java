package dev.assay.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class FramesTest {
    @TempDir
    Path folder;

    private SocketChannel near = closed();
    private SocketChannel far = closed();

    private static SocketChannel closed() {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.close();
            return channel;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            near = SocketChannel.open(address);
            far = server.accept();
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        near.close();
        far.close();
    }

    /// Starts something that may block, in a thread of its own.
    private static <T> FutureTask<T> start(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread.ofVirtual().start(task);
        return task;
    }

    private void raw(byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            far.write(out);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "{\"type\":\"open\"}", "line\nfeed\r\n", "\u0000", "é中\uD83D\uDE00"})
    void messageArrivesAsItWasSent(String text) throws IOException {
        new Frames(far).send(text);
        assertEquals(text, new Frames(near).receive());
    }

    @Test
    void messagesKeepTheirOrderAndBounds() throws IOException {
        Random random = new Random(20261122);
        Frames sender = new Frames(far);
        Frames receiver = new Frames(near);
        for (int i = 0; i < 500; i++) {
            sender.send("a" + i);
            sender.send("");
            sender.send("x".repeat(random.nextInt(200)) + i);
            assertEquals("a" + i, receiver.receive());
            assertEquals("", receiver.receive());
            assertTrue(receiver.receive().endsWith("" + i));
        }
    }

    // The layout is public: programs in other languages speak it.
    @Test
    void frameIsFourBytesOfLengthLeastFirstThenUtf8() throws IOException {
        new Frames(far).send("hé");
        ByteBuffer bytes = ByteBuffer.allocate(7);
        while (bytes.hasRemaining()) {
            assertTrue(near.read(bytes) > 0);
        }
        assertEquals("0300000068c3a9", HexFormat.of().formatHex(bytes.array()));
    }

    @Test
    void messageArrivesEvenByteByByte() throws Exception {
        FutureTask<String> received = start(new Frames(near)::receive);
        for (byte one : HexFormat.of().parseHex("0300000068c3a9")) {
            raw(new byte[] {one});
            Thread.sleep(1);
        }
        assertEquals("hé", received.get(10, TimeUnit.SECONDS));
    }

    @Test
    void largestMessageFitsAndOneByteMoreIsOurFault() throws Exception {
        String largest = "x".repeat(Frames.LARGEST);
        FutureTask<String> received = start(new Frames(near)::receive);
        new Frames(far).send(largest);
        assertEquals(largest, received.get(10, TimeUnit.SECONDS));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new Frames(far).send(largest + "x"));
        assertTrue(String.valueOf(e.getMessage()).contains("16777217"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> new Frames(far).send("é".repeat(Frames.LARGEST / 2 + 1)),
                "bytes count, not characters");
        new Frames(far).send("next");
        assertEquals("next", new Frames(near).receive(), "nothing of it was sent");
    }

    @ParameterizedTest
    @CsvSource({"-1, 4294967295", "-2147483648, 2147483648", "16777217, 16777217", "2147483647, 2147483647"})
    void absurdLengthIsFoundOutAtOnce(int length, String shown) throws IOException {
        raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
        assertProtocolError(shown);
    }

    @Test
    void textInsteadOfFramesIsFoundOutAtOnce() throws IOException {
        raw("Traceback (most recent call last):\n".getBytes(StandardCharsets.UTF_8));
        assertProtocolError("does not speak this protocol");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c3", "c328", "e28228", "eda080", "f8a1a1a1a1", "61c0af"})
    void messageThatIsNoUtf8IsAnError(String hex) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        raw(new byte[] {(byte) bytes.length, 0, 0, 0});
        raw(bytes);
        assertProtocolError("UTF-8");
    }

    private void assertProtocolError(String word) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> new Frames(near).receive());
        assertTrue(String.valueOf(e.getMessage()).contains(word), e.getMessage());
    }

    @Test
    void closedConnectionIsTheEnd() throws IOException {
        new Frames(far).send("last");
        new Frames(far).close();
        Frames receiver = new Frames(near);
        assertEquals("last", receiver.receive());
        assertEquals(
                "the peer closed the connection",
                assertThrows(EOFException.class, receiver::receive).getMessage());
        assertThrows(EOFException.class, receiver::receive, "and stays it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"05", "050000", "05000000", "0500000068", "0500000068656c6c"})
    void frameThatIsCutOffIsTheEndInTheMiddle(String hex) throws IOException {
        raw(HexFormat.of().parseHex(hex));
        far.close();
        EOFException e = assertThrows(EOFException.class, () -> new Frames(near).receive());
        assertTrue(String.valueOf(e.getMessage()).contains("in the middle of a message"), e.getMessage());
    }

    @Test
    void sendingToNobodyFails() throws IOException {
        near.close();
        Frames sender = new Frames(far);
        assertThrows(IOException.class, () -> {
            for (int i = 0; i < 100; i++) {
                sender.send("x".repeat(10_000));
            }
        });
    }

    @Test
    void closingEndsAWaitingReceive() throws Exception {
        Frames receiver = new Frames(near);
        FutureTask<String> received = start(receiver::receive);
        Thread.sleep(20);
        receiver.close();
        ExecutionException e = assertThrows(ExecutionException.class, () -> received.get(10, TimeUnit.SECONDS));
        assertInstanceOf(IOException.class, e.getCause());
    }

    @Test
    void messagesOfSeveralThreadsDoNotMix() throws Exception {
        Frames sender = new Frames(far);
        List<FutureTask<String>> senders = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String text = ("" + t).repeat(20_000);
            senders.add(start(() -> {
                for (int i = 0; i < 25; i++) {
                    sender.send(text);
                }
                return text;
            }));
        }
        Frames receiver = new Frames(near);
        int[] counts = new int[4];
        for (int i = 0; i < 100; i++) {
            String text = receiver.receive();
            assertEquals(text.substring(0, 1).repeat(20_000), text);
            counts[text.charAt(0) - '0']++;
        }
        for (int t = 0; t < 4; t++) {
            assertEquals(25, counts[t]);
            assertTrue(senders.get(t).get(10, TimeUnit.SECONDS).startsWith("" + t));
        }
    }
}
