package dev.assay.worker.remote;

import dev.assay.worker.WorkerConnection;
import java.io.IOException;
import java.nio.file.Path;

/// A worker that answers what its arguments say, one after the other; `ID` stands for the number of the request. When
/// they are used up it waits.
final class ScriptedWorker {
    private ScriptedWorker() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        try (WorkerConnection connection = WorkerConnection.connect(Path.of(args[args.length - 1]))) {
            connection.send(args[0]);
            for (int i = 1; i < args.length - 1; i++) {
                String request = connection.receive();
                connection.send(args[i].replace("ID", request.replaceAll(".*\"id\":(\\d+).*", "$1")));
            }
            while (true) {
                connection.receive();
            }
        }
    }
}
