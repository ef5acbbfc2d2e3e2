package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Kernel;
import dev.assay.tck.rules.Rig.Place;

/// Using what is closed.
final class C32UseAfterClose extends RunRule {
    C32UseAfterClose() {
        super(
                "C32",
                "what is used after it was closed throws",
                "a stale handle reads memory that belongs to somebody else by now, or takes the process with it",
                "a closed launch is run, a closed kernel bound, a closed buffer written and read, and a closed backend"
                        + " asked to allocate and to prepare");
    }

    @Override
    Outcome look(Candidate candidate) {
        Backend backend = candidate.open();
        try {
            Example example = candidate.running(backend).getFirst();
            candidate.at(example.id());
            Rig rig = Rig.prepare(backend, example, Place.PAGE);
            rig.launch().close();
            mustThrow("run() of a launch", example, () -> rig.launch().run());
            Kernel kernel = rig.kernel();
            kernel.close();
            mustThrow(
                    "bind() of a kernel",
                    example,
                    () -> Rig.bind(backend, kernel, example, example.inputs(0)).close());
            rig.close();
            Buffer buffer = backend.allocate(64);
            buffer.close();
            mustThrow("write() of a buffer", example, () -> Bytes.write(buffer, 0, new byte[8]));
            mustThrow("read() of a buffer", example, () -> Bytes.differs(buffer, 0, new byte[8]));
            backend.close();
            mustThrow(
                    "allocate() of a backend",
                    example,
                    () -> backend.allocate(64).close());
            mustThrow(
                    "prepare() of a backend",
                    example,
                    () -> backend.prepare(example.call()).close());
            return new Outcome.Ok("6 methods");
        } finally {
            backend.close();
        }
    }

    private static void mustThrow(String method, Example example, Runnable use) {
        try {
            use.run();
        } catch (RuntimeException e) {
            return;
        }
        throw Found.violation(
                method + " that is closed does not throw",
                example.id(),
                "throw IllegalStateException; Lifetime and HostBackend do it for you");
    }
}
