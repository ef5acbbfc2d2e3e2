package dev.assay.worker;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The worker's end of the connection.
///
/// A thread of its own waits for messages: when the harness is gone, the worker ends at once, even in the middle of a
/// kernel that hangs.
public final class WorkerConnection implements Closeable {
    /// Exit code of a worker whose harness is gone.
    public static final int ORPHANED = 75;

    private final Frames frames;
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    private WorkerConnection(Frames frames) {
        this.frames = frames;
    }

    /// Connects to the socket that the harness named on the command line.
    public static WorkerConnection connect(Path socket) throws IOException {
        WorkerConnection connection =
                new WorkerConnection(new Frames(SocketChannel.open(UnixDomainSocketAddress.of(socket))));
        Thread.ofPlatform().daemon().name("assay-connection").start(connection::listen);
        return connection;
    }

    private void listen() {
        try {
            while (true) {
                messages.add(frames.receive());
            }
        } catch (IOException | RuntimeException | Error e) {
            if (!closed) {
                Runtime.getRuntime().halt(ORPHANED);
            }
        }
    }

    /// Waits for the next message from the harness.
    public String receive() throws InterruptedException {
        return messages.take();
    }

    public void send(String message) throws IOException {
        frames.send(message);
    }

    /// Hangs up. The worker goes on and ends with the exit code that it chooses.
    @Override
    public void close() throws IOException {
        closed = true;
        frames.close();
    }
}
