package dev.assay.engine.run;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A plugin that multiplies matrices rightly and, where a matrix has three rows, does what its option says.
public final class MisbehavingProvider implements BackendProvider {
    static final int ROWS = 3;
    /// Runs before something happens that happens only to timed kernels.
    private static final int WHILE_VERIFYING = 10;

    @Override
    public String id() {
        return "misbehaving";
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.text("how", "what goes wrong", "not-at-all"),
                BackendOption.text("marker", "file that says that it went wrong once", ""));
    }

    @Override
    public Backend open(BackendOptions options) {
        String how = options.get("how", "not-at-all");
        if (how.equals("does-not-open")) {
            throw new IllegalStateException("no device found");
        }
        String marker = options.get("marker", "");
        return new Misbehaving(how, marker, how.equals("modelled-exclusive") ? List.of(device(marker)) : List.of());
    }

    /// A device that serves one process, until that closes it or ends.
    private static FileChannel device(String marker) {
        try {
            FileChannel channel =
                    FileChannel.open(Path.of(marker), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw new IllegalStateException("the device serves another process");
            }
            return channel;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Misbehaving implements Backend {
        private final String how;
        private final String marker;
        private final List<FileChannel> held;
        private int askedForContract;
        private int askedForSupport;

        Misbehaving(String how, String marker, List<FileChannel> held) {
            this.how = how;
            this.marker = marker;
            this.held = held;
        }

        @Override
        public DeviceInfo device() {
            return DeviceInfo.named("=HYPERLINK(\"x\")");
        }

        private boolean at(Call call, String what) {
            return how.equals(what) && call.input("A").shape().dim(0) == ROWS;
        }

        @Override
        @SuppressWarnings("NullAway") // plugins are not compiled with NullAway
        public ComputeContract contract(Call call) {
            if (at(call, "contract-is-null")) {
                return null;
            }
            if (at(call, "contract-is-none")) {
                return ComputeContract.strict().expUlps(Double.NaN).build();
            }
            if (at(call, "contract-holds-null")) {
                return ComputeContract.strict().scores(null).build();
            }
            if (at(call, "contract-changes") && askedForContract++ > 0) {
                return ComputeContract.strict().expUlps(100).build();
            }
            if (at(call, "throws-in-contract")) {
                throw new IllegalStateException("contract lost");
            }
            return ComputeContract.STRICT;
        }

        @Override
        @SuppressWarnings("NullAway") // plugins are not compiled with NullAway
        public Support supports(Call call) {
            if (at(call, "throws-in-supports")) {
                throw new IllegalStateException("table corrupt");
            }
            if (at(call, "answers-null")) {
                return null;
            }
            if (at(call, "refuses-silently")) {
                return Support.no("");
            }
            if (at(call, "support-changes") && askedForSupport++ > 0) {
                return Support.no("not twice");
            }
            if (at(call, "refuses")) {
                return Support.no("=1+1 is not a reason, but text");
            }
            return Support.yes();
        }

        @Override
        public Kernel prepare(Call call) {
            if (at(call, "prepare-refuses")) {
                throw new UnsupportedCallException("not on Sundays");
            }
            if (at(call, "throws-in-prepare")) {
                throw new IllegalStateException("compiler exploded");
            }
            return new Product(call);
        }

        @Override
        public void close() {
            for (FileChannel channel : held) {
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        /// Writes down who runs what.
        private void note(Call call) {
            try {
                String line = how + " " + call.input("A").shape().dim(0) + "\n";
                Files.writeString(Path.of(marker), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private final class Product implements Kernel {
            private final Call call;

            Product(Call call) {
                this.call = call;
            }

            @Override
            public Launch bind(Arguments arguments) {
                Tensor a = arguments.input("A").tensor();
                Tensor b = arguments.input("B").tensor();
                Tensor y = arguments.output("Y").tensor();
                int[] runs = new int[1];
                Launch launch = () -> {
                    runs[0]++;
                    misbehave(runs[0]);
                    multiply(a, b, y);
                    if (at(call, "wrong") || at(call, "modelled-wrong")) {
                        y.set(0, y.get(0) + 1);
                    }
                    if (at(call, "wrong-later") && runs[0] > WHILE_VERIFYING) {
                        y.set(1, y.get(1) + 1);
                    }
                };
                return how.startsWith("modelled") ? modelled(launch) : launch;
            }

            /// Timed in no time, for tests that are about rounds.
            private Launch modelled(Launch launch) {
                return new Launch() {
                    @Override
                    public void run() {
                        launch.run();
                    }

                    @Override
                    public Timing run(int times) {
                        launch.run();
                        if (how.startsWith("modelled-noted")) {
                            note(call);
                        }
                        return new Timing(new long[] {1000}, Timing.Clock.MODELLED);
                    }
                };
            }

            private boolean isFirstTime() {
                try {
                    Files.createFile(Path.of(marker));
                    return true;
                } catch (IOException e) {
                    return false;
                }
            }

            /// As a user would, or the system when memory runs short.
            private static void kill() {
                try {
                    new ProcessBuilder(
                                    "kill", "-9", "" + ProcessHandle.current().pid())
                            .start()
                            .waitFor();
                    Thread.sleep(Long.MAX_VALUE);
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }

            private void misbehave(int runs) {
                if (at(call, "throws")) {
                    throw new IllegalStateException("kernel failed\nwith two lines");
                }
                if (at(call, "halts") || (at(call, "halts-later") && runs > WHILE_VERIFYING)) {
                    Runtime.getRuntime().halt(17);
                }
                if (at(call, "halts-once") && isFirstTime()) {
                    Runtime.getRuntime().halt(17);
                }
                if (at(call, "is-killed-once") && isFirstTime()) {
                    kill();
                }
                if (at(call, "runs-out-of-memory")) {
                    throw new OutOfMemoryError("device memory");
                }
                if (at(call, "hangs") || (at(call, "hangs-later") && runs > WHILE_VERIFYING)) {
                    try {
                        Thread.sleep(Long.MAX_VALUE);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                if (at(call, "prints")) {
                    System.out.println("{\"row\":null}".repeat(10_000));
                }
            }
        }
    }

    private static void multiply(Tensor a, Tensor b, Tensor y) {
        long m = a.shape().dim(0);
        long k = a.shape().dim(1);
        long n = b.shape().dim(1);
        for (long i = 0; i < m; i++) {
            for (long j = 0; j < n; j++) {
                float sum = 0;
                for (long l = 0; l < k; l++) {
                    sum += (float) a.get(i * k + l) * (float) b.get(l * n + j);
                }
                y.set(i * n + j, sum);
            }
        }
    }
}
