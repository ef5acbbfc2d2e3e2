package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A backend that throws never gets a verdict from the judge: the exception reaches the caller, who makes it a row; and
/// everything that was opened is closed.
class JudgeFailureTest {
    private static final Scripted ONE = Scripted.of(1, 0);

    enum Step {
        NOWHERE,
        DEVICE,
        CONTRACT,
        PREPARE,
        WORKSPACE,
        ALLOCATE,
        BIND,
        WRITE,
        FIRST_RUN,
        SECOND_RUN,
        READ,
        CLOSE_LAUNCH,
        CLOSE_KERNEL
    }

    private static final class Failing implements Backend {
        private final Step step;
        private final Throwable thrown;
        private int runs;
        int opened;
        int closed;

        Failing(Step step, Throwable thrown) {
            this.step = step;
            this.thrown = thrown;
        }

        private void at(Step here) {
            if (here == step) {
                sneak(thrown);
            }
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // throws what it is given, declared or not
        private static <T extends Throwable> void sneak(Throwable thrown) throws T {
            throw (T) thrown;
        }

        @Override
        public DeviceInfo device() {
            at(Step.DEVICE);
            return DeviceInfo.named("test");
        }

        @Override
        public ComputeContract contract(Call call) {
            at(Step.CONTRACT);
            return ComputeContract.STRICT;
        }

        @Override
        public Support supports(Call call) {
            return Support.yes();
        }

        @Override
        public Buffer allocate(long bytes) {
            if (opened > 1) {
                at(Step.ALLOCATE);
            }
            HostBuffer host = HostBuffer.allocate(bytes);
            opened++;
            return new Buffer() {
                @Override
                public long bytes() {
                    return host.bytes();
                }

                @Override
                public void write(long offset, MemorySegment from) {
                    at(Step.WRITE);
                    host.write(offset, from);
                }

                @Override
                public void read(long offset, MemorySegment to) {
                    at(Step.READ);
                    host.read(offset, to);
                }

                @Override
                public void close() {
                    closed++;
                    host.close();
                }
            };
        }

        @Override
        public Kernel prepare(Call call) {
            at(Step.PREPARE);
            opened++;
            return new Kernel() {
                @Override
                public long workspaceBytes() {
                    at(Step.WORKSPACE);
                    return 0;
                }

                @Override
                public Launch bind(Arguments arguments) {
                    at(Step.BIND);
                    opened++;
                    return launch(arguments);
                }

                @Override
                public void close() {
                    closed++;
                    at(Step.CLOSE_KERNEL);
                }
            };
        }

        private Launch launch(Arguments arguments) {
            return new Launch() {
                @Override
                public void run() {
                    at(runs++ == 0 ? Step.FIRST_RUN : Step.SECOND_RUN);
                    MemorySegment one = MemorySegment.ofArray(new float[] {1});
                    arguments.output("Y").buffer().write(arguments.output("Y").offset(), one);
                }

                @Override
                public void close() {
                    closed++;
                    at(Step.CLOSE_LAUNCH);
                }
            };
        }

        @Override
        public void close() {}
    }

    private static Judgement judge(Backend backend) {
        try (Arena arena = Arena.ofShared()) {
            Tensor x = Tensor.of(arena, DType.F32, Shape.of(1), 3);
            return Judge.judge(backend, ONE, ONE.call(DType.F32, 1), Map.of("X", x));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOWHERE")
    void whatABackendThrowsReachesTheCallerAndNothingStaysOpen(Step step) {
        for (Throwable thrown : new Throwable[] {
            new IllegalStateException("device lost"),
            new UnsupportedCallException("not today"),
            new OutOfMemoryError("device memory"),
            new AssertionError("ours")
        }) {
            Failing backend = new Failing(step, thrown);
            assertSame(thrown, assertThrows(Throwable.class, () -> judge(backend)));
            assertEquals(backend.opened, backend.closed, step + ": what was opened is closed");
        }
    }

    @Test
    void withoutAFailureAllIsClosedToo() {
        Failing backend = new Failing(Step.NOWHERE, new IllegalStateException());
        assertEquals(1, judge(backend).elements());
        assertEquals(4, backend.opened);
        assertEquals(4, backend.closed);
    }

    /// Answers null where the interface forbids it.
    enum Null {
        PREPARE,
        BIND,
        ALLOCATE
    }

    @ParameterizedTest
    @EnumSource(Null.class)
    @SuppressWarnings("NullAway") // plugins need not be compiled with it
    void anAnswerOfNullIsNamed(Null where) {
        Backend backend = new Backend() {
            @Override
            public DeviceInfo device() {
                return DeviceInfo.named("test");
            }

            @Override
            public Support supports(Call call) {
                return Support.yes();
            }

            @Override
            public Buffer allocate(long bytes) {
                return where == Null.ALLOCATE ? null : HostBuffer.allocate(bytes);
            }

            @Override
            public Kernel prepare(Call call) {
                return where == Null.PREPARE ? null : arguments -> null;
            }

            @Override
            public void close() {}
        };
        IllegalStateException refusal = assertThrows(IllegalStateException.class, () -> judge(backend));
        assertEquals(where.name().toLowerCase(java.util.Locale.ROOT) + "() answered null", refusal.getMessage());
    }

    @Test
    void aBufferThatIsTooSmallIsRefused() {
        Backend backend = new CorrectBackend(ONE) {
            @Override
            public Buffer allocate(long bytes) {
                return HostBuffer.allocate(bytes - 1);
            }
        };
        IllegalStateException refusal = assertThrows(IllegalStateException.class, () -> judge(backend));
        assertTrue(refusal.toString().contains("answered a buffer of"), refusal.toString());
    }
}
