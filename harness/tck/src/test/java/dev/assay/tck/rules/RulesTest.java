package dev.assay.tck.rules;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.acme.AcmeProvider;
import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.ForwardingKernel;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tck.rules.Outcome.NotApplicable;
import dev.assay.tck.rules.Outcome.Violated;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every rule objects to a backend that is wrong in its way, and to no other.
class RulesTest {
    private static final List<String> SUITES = List.of("src/test/resources/products.json");

    private static Candidate candidate(Supplier<BackendProvider> provider) {
        return new Candidate(provider, BackendOptions.NONE, SUITES);
    }

    private static Map<String, Outcome> outcomes(Candidate candidate) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        Rules.ALL.forEach(rule -> outcomes.put(rule.number(), rule.check(candidate)));
        return outcomes;
    }

    private static Map<String, String> violations(Map<String, Outcome> outcomes) {
        Map<String, String> violations = new TreeMap<>();
        outcomes.forEach((number, outcome) -> {
            if (outcome instanceof Violated) {
                violations.put(number, outcome.sentence());
            }
        });
        return violations;
    }

    private static String sentence(Map<String, Outcome> outcomes, String number) {
        return requireNonNull(outcomes.get(number)).sentence();
    }

    private static Set<String> notApplicable(Map<String, Outcome> outcomes) {
        Set<String> numbers = new TreeSet<>();
        outcomes.forEach((number, outcome) -> {
            if (outcome instanceof NotApplicable) {
                numbers.add(number);
            }
        });
        return numbers;
    }

    /// A right backend passes, and there is something to check for every rule.
    @Test
    void aRightBackendPassesEveryRule() {
        Map<String, Outcome> outcomes = outcomes(candidate(() -> new RightProvider(() -> new RightBackend() {
            @Override
            public ComputeContract contract(Call call) {
                return super.contract(call).toBuilder().batchInvariant(true).build();
            }
        })));
        assertEquals(Map.of(), violations(outcomes));
        assertEquals(Set.of(), notApplicable(outcomes));
    }

    /// The example of CONTRIBUTING.md. It promises nothing, asks for no workspace and has no optional operands.
    @Test
    void theSmallestBackendPassesEveryRule() {
        Map<String, Outcome> outcomes = outcomes(candidate(AcmeProvider::new));
        assertEquals(Map.of(), violations(outcomes));
        assertEquals(Set.of("C12", "C22", "C34", "C35"), notApplicable(outcomes));
    }

    /// A wrong backend.
    ///
    /// @param rule that must object
    /// @param what is wrong with it
    /// @param says what the objection must say
    private record Wrong(String rule, String what, String says, Supplier<BackendProvider> provider) {
        @Override
        public String toString() {
            return rule + " " + what;
        }
    }

    private static Wrong wrong(String rule, String what, String says, Supplier<Backend> backend) {
        return new Wrong(rule, what, says, () -> new RightProvider(backend));
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void exactlyTheRuleObjects(Object one) {
        Wrong wrong = (Wrong) one;
        Map<String, String> violations = violations(outcomes(candidate(wrong.provider())));
        assertEquals(Set.of(wrong.rule()), violations.keySet(), violations::toString);
        String sentence = String.valueOf(violations.get(wrong.rule()));
        assertTrue(sentence.contains(wrong.says()), sentence);
        assertTrue(sentence.contains("(where: ") && sentence.contains("; fix: "), sentence);
    }

    @Test
    void everyRuleHasAWrongBackend() {
        Set<String> covered = new TreeSet<>();
        wrongs().forEach(wrong -> covered.add(((Wrong) wrong).rule()));
        Set<String> all = new TreeSet<>();
        Rules.ALL.forEach(rule -> all.add(rule.number()));
        assertEquals(all, covered);
    }

    @Test
    void numbersAreConsecutive() {
        for (int i = 0; i < Rules.ALL.size(); i++) {
            assertEquals("C%02d".formatted(i + 1), Rules.ALL.get(i).number());
        }
    }

    /// Refusing a second open is right, if it is said.
    @Test
    void oneBackendAtATimeIsEnough() {
        AtomicInteger open = new AtomicInteger();
        Map<String, Outcome> outcomes = outcomes(candidate(() -> new RightProvider(() -> {
            if (open.getAndIncrement() > 0) {
                open.decrementAndGet();
                throw new IllegalStateException("the device is in use");
            }
            return new RightBackend() {
                @Override
                public void close() {
                    if (lifetime.close()) {
                        open.decrementAndGet();
                    }
                }
            };
        })));
        assertEquals(Map.of(), violations(outcomes));
        assertTrue(sentence(outcomes, "C29").contains("refused"), outcomes::toString);
    }

    /// One that does not open breaks one rule, and the others say so.
    @Test
    void whatDoesNotOpenBreaksOneRule() {
        Map<String, Outcome> outcomes = outcomes(candidate(() -> new RightProvider(() -> {
            throw new IllegalStateException("no device found");
        })));
        assertEquals(Set.of("C05"), violations(outcomes).keySet());
        assertTrue(sentence(outcomes, "C05").contains("no device found"));
        assertEquals(Rules.ALL.size() - 5, notApplicable(outcomes).size());
    }

    private static boolean isBusiness(Call call) {
        return call.operator().equals("gemm")
                && call.hasInput("C")
                && call.tensors().stream()
                        .allMatch(spec -> spec.isDense() && !spec.shape().isEmpty());
    }

    static List<Object> wrongs() {
        return List.of(
                new Wrong("C01", "changes the process when it is constructed", "system properties have changed", () -> {
                    System.setProperty("assay.test", "" + System.nanoTime());
                    return new RightProvider(RightBackend::new);
                }),
                new Wrong("C01", "starts a thread when it is constructed", "still running", () -> {
                    Thread.ofPlatform().daemon().start(() -> sleep(200));
                    return new RightProvider(RightBackend::new);
                }),
                new Wrong("C01", "has a version for each", "two providers answer", VersionedProvider::new),
                new Wrong("C02", "has a name with a blank", "'Acme NPU'", () -> new RightProvider(RightBackend::new) {
                    @Override
                    public String id() {
                        return "Acme NPU";
                    }
                }),
                withOption("C03", "does not explain", BackendOption.text("mode", " ", ""), "the meaning is empty"),
                withOption(
                        "C03",
                        "has a default that it does not allow",
                        BackendOption.oneOf("mode", "how", "slow", List.of("fast")),
                        "'slow' is not among [fast]"),
                withOption(
                        "C04",
                        "allows what cannot be given",
                        BackendOption.oneOf("devices", "which", "", List.of("0,1")),
                        "'0,1' cannot be given"),
                wrong("C05", "does not name its device", "model ''", () -> new RightBackend() {
                    @Override
                    public DeviceInfo device() {
                        return DeviceInfo.named("");
                    }
                }),
                wrong("C05", "has a device of another name each time", "and then", () -> new RightBackend() {
                    private int asked;

                    @Override
                    public DeviceInfo device() {
                        return DeviceInfo.named("N" + asked++);
                    }
                }),
                wrong("C06", "supports nothing", "none of 4 calls", () -> new RightBackend() {
                    @Override
                    public Support supports(Call call) {
                        return Support.no("not yet");
                    }

                    @Override
                    public Kernel prepare(Call call) {
                        throw new UnsupportedCallException("not yet");
                    }
                }),
                wrong("C07", "refuses in silence", "without a reason", () -> new RightBackend() {
                    @Override
                    public Support supports(Call call) {
                        return refusal(call).isEmpty() ? Support.yes() : Support.no("");
                    }
                }),
                wrong("C07", "throws instead of refusing", "table corrupt", () -> new RightBackend() {
                    @Override
                    public Support supports(Call call) {
                        if (call.operator().equals("relu")) {
                            throw new IllegalStateException("table corrupt");
                        }
                        return super.supports(call);
                    }
                }),
                wrong("C08", "throws at what it does not know", "no_such_operator", () -> new RightBackend() {
                    @Override
                    public Support supports(Call call) {
                        return switch (call.operator()) {
                            case "matmul", "gemm", "relu" -> super.supports(call);
                            default -> throw new IllegalArgumentException("what is " + call.operator() + "?");
                        };
                    }
                }),
                wrong("C09", "does not prepare what it supports", "compiler exploded", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        throw new IllegalStateException("compiler exploded");
                    }
                }),
                wrong("C10", "prepares what it refuses", "supports() refuses, and prepare()", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        return refusal(call).isEmpty() ? super.prepare(call) : lifetime.guard(arguments -> () -> {});
                    }
                }),
                wrong("C11", "supports more when it has run", "asked after kernels were run", () -> new RightBackend() {
                    private int runs;

                    @Override
                    public Support supports(Call call) {
                        return runs > 0 && call.operator().equals("relu") ? Support.yes() : super.supports(call);
                    }

                    @Override
                    void run(Call call, Arguments arguments) {
                        runs++;
                        super.run(call, arguments);
                    }
                }),
                wrong("C12", "wants an operand that is optional", "without C", () -> new RightBackend() {
                    @Override
                    boolean hasAddend(Call call) {
                        return call.operator().equals("gemm");
                    }
                }),
                wrong("C13", "has a contract that is none", "exp_ulps", () -> new RightBackend() {
                    @Override
                    public ComputeContract contract(Call call) {
                        return ComputeContract.strict().expUlps(Double.NaN).build();
                    }
                }),
                wrong(
                        "C14",
                        "has another contract when it has run",
                        "after kernels were run",
                        () -> new RightBackend() {
                            private int runs;

                            @Override
                            public ComputeContract contract(Call call) {
                                return super.contract(call).toBuilder()
                                        .expUlps(1.0 + Math.min(runs, 1))
                                        .build();
                            }

                            @Override
                            void run(Call call, Arguments arguments) {
                                runs++;
                                super.run(call, arguments);
                            }
                        }),
                wrong("C15", "allocates too little", "the buffer has 2 bytes", () -> new RightBackend() {
                    @Override
                    public Buffer allocate(long bytes) {
                        return super.allocate(bytes == 3 ? 2 : bytes);
                    }
                }),
                wrong("C16", "writes whole words", "gives something else at byte", () -> new RightBackend() {
                    @Override
                    public Buffer allocate(long bytes) {
                        return new WordBuffer(super.allocate(bytes));
                    }

                    @Override
                    void run(Call call, Arguments arguments) {
                        super.run(
                                call,
                                new Arguments(
                                        unwrapped(arguments.inputs()),
                                        unwrapped(arguments.outputs()),
                                        arguments.workspace().map(RulesTest::unwrapped)));
                    }
                }),
                wrong("C17", "gives memory away twice", "buffer 0 holds something else", () -> new RightBackend() {
                    private final Map<Long, Buffer> pool = new HashMap<>();

                    @Override
                    public Buffer allocate(long bytes) {
                        return bytes == 4097
                                ? pool.computeIfAbsent(bytes, HostBuffer::allocate)
                                : super.allocate(bytes);
                    }
                }),
                wrong("C18", "computes something else", "wrong result", () -> new RightBackend() {
                    @Override
                    void store(Tensor y, long index, double value) {
                        y.set(index, value + (index == 5 ? 1 : 0));
                    }
                }),
                wrong("C18", "fails", "device lost", () -> new RightBackend() {
                    @Override
                    void run(Call call, Arguments arguments) {
                        throw new IllegalStateException("device lost");
                    }
                }),
                wrong(
                        "C19",
                        "leaves out the last element",
                        "1 of 77 elements of output Y were not written",
                        () -> new RightBackend() {
                            @Override
                            void store(Tensor y, long index, double value) {
                                if (index + 1 < y.shape().elements()) {
                                    y.set(index, value);
                                }
                            }
                        }),
                wrong("C19", "adds to what is there", "was something added to it?", () -> new RightBackend() {
                    @Override
                    void store(Tensor y, long index, double value) {
                        y.set(index, y.get(index) + value);
                    }
                }),
                wrong("C20", "scales an input in place", "input A was changed", () -> new RightBackend() {
                    @Override
                    void run(Call call, Arguments arguments) {
                        super.run(call, arguments);
                        Tensor a = arguments.input("A").tensor();
                        if (a.shape().elements() > 0) {
                            a.set(0, a.get(0) * 2);
                        }
                    }
                }),
                wrong("C21", "writes one element too many", "1 bytes behind its end", () -> new RightBackend() {
                    @Override
                    void run(Call call, Arguments arguments) {
                        super.run(call, arguments);
                        Argument y = arguments.output("Y");
                        if (isBusiness(call) && y.buffer() instanceof HostBuffer host) {
                            long behind = y.offset() + y.spec().byteSize();
                            byte was = host.memory().get(ValueLayout.JAVA_BYTE, behind);
                            host.memory().set(ValueLayout.JAVA_BYTE, behind, (byte) (was + 1));
                        }
                    }
                }),
                wrong(
                        "C22",
                        "takes the workspace for zero",
                        "in the workspace, the result is wrong",
                        () -> new RightBackend() {
                            @Override
                            void clear(MemorySegment sums) {}
                        }),
                wrong("C23", "needs more than it says", "misaligned address", () -> new RightBackend() {
                    @Override
                    Tensor tensor(Argument argument) {
                        if (argument.offset() % 64 != 0) {
                            throw new IllegalStateException("misaligned address");
                        }
                        return super.tensor(argument);
                    }
                }),
                wrong("C24", "reads all inputs as dense", "transposed in memory", () -> new RightBackend() {
                    @Override
                    Tensor tensor(Argument argument) {
                        TensorSpec spec = argument.spec();
                        TensorSpec dense = TensorSpec.dense(spec.dtype(), spec.shape());
                        Tensor copy = Tensor.allocate(dense, Arena.ofAuto());
                        MemorySegment from = argument.memory();
                        MemorySegment.copy(
                                from,
                                0,
                                copy.memory(),
                                0,
                                Math.min(from.byteSize(), copy.memory().byteSize()));
                        return copy;
                    }
                }),
                wrong("C25", "launches a grid of no blocks", "invalid configuration", () -> new RightBackend() {
                    @Override
                    void run(Call call, Arguments arguments) {
                        if (call.tensors().stream()
                                .anyMatch(spec -> spec.shape().isEmpty())) {
                            throw new IllegalStateException("invalid configuration");
                        }
                        super.run(call, arguments);
                    }
                }),
                wrong("C26", "reads its inputs when it is bound", "read the inputs in run()", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        return lifetime.guard(new Product(call) {
                            @Override
                            public Launch bind(Arguments arguments) {
                                return super.bind(new Arguments(
                                        copies(arguments.inputs()), arguments.outputs(), arguments.workspace()));
                            }
                        });
                    }
                }),
                wrong("C26", "adds up over its runs", "run number 2", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        return lifetime.guard(new Product(call) {
                            @Override
                            public Launch bind(Arguments arguments) {
                                Launch launch = super.bind(arguments);
                                int[] runs = new int[1];
                                return () -> {
                                    launch.run();
                                    Tensor y = arguments.output("Y").tensor();
                                    if (runs[0]++ > 0 && y.shape().elements() > 0) {
                                        y.set(0, y.get(0) + runs[0]);
                                    }
                                };
                            }
                        });
                    }
                }),
                wrong(
                        "C27",
                        "keeps the arguments in the kernel",
                        "another launch of the same kernel",
                        () -> new RightBackend() {
                            @Override
                            public Kernel prepare(Call call) {
                                super.prepare(call).close();
                                return lifetime.guard(new Product(call) {
                                    private Optional<Launch> latest = Optional.empty();

                                    @Override
                                    public Launch bind(Arguments arguments) {
                                        latest = Optional.of(super.bind(arguments));
                                        return () -> latest.orElseThrow().run();
                                    }
                                });
                            }
                        }),
                wrong("C28", "keeps the kernel in the backend", "code was unloaded", () -> new RightBackend() {
                    private Optional<Kernel> latest = Optional.empty();

                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        Kernel kernel = new Product(call) {
                            @Override
                            public Launch bind(Arguments arguments) {
                                Launch launch = super.bind(arguments);
                                return () -> {
                                    if (latest.orElseThrow() != this) {
                                        throw new IllegalStateException("the code was unloaded");
                                    }
                                    launch.run();
                                };
                            }
                        };
                        latest = Optional.of(kernel);
                        return lifetime.guard(kernel);
                    }

                    // A refused call leaves the latest kernel where it is.
                }),
                wrong("C29", "has one context for all", "context destroyed", SharedContext::new),
                new Wrong("C30", "gives back nothing", "no channel left", () -> {
                    AtomicInteger opened = new AtomicInteger();
                    return new RightProvider(() -> {
                        if (opened.incrementAndGet() > 10) {
                            throw new IllegalStateException("no channel left");
                        }
                        return new RightBackend();
                    });
                }),
                wrong("C31", "cannot close a kernel late", "after the backend was closed", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        return new ForwardingKernel(super.prepare(call)) {
                            @Override
                            public void close() {
                                lifetime.check();
                                super.close();
                            }
                        };
                    }
                }),
                wrong("C32", "runs what is closed", "run() of a launch that is closed", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        return new Product(call);
                    }
                }),
                wrong("C33", "tells too few times", "0 times for 1 run", () -> timed(times -> new long[times - 1])),
                wrong(
                        "C33",
                        "tells negative times",
                        "a negative time",
                        () -> timed(times -> {
                            long[] nanos = new long[times];
                            nanos[times - 1] = -1;
                            return nanos;
                        })),
                wrong(
                        "C33",
                        "tells more time than there was",
                        "have passed",
                        () -> timed(times -> {
                            long[] nanos = new long[times];
                            nanos[0] = Long.MAX_VALUE;
                            return nanos;
                        })),
                wrong("C34", "breaks its promise", "two runs differ", () -> new RightBackend() {
                    private int runs;

                    @Override
                    void run(Call call, Arguments arguments) {
                        runs++;
                        super.run(call, arguments);
                    }

                    @Override
                    void store(Tensor y, long index, double value) {
                        y.set(index, runs % 2 == 0 ? value : Math.nextUp((float) value));
                    }
                }),
                wrong("C35", "sums small batches otherwise", "batch_invariant", () -> new RightBackend() {
                    @Override
                    public ComputeContract contract(Call call) {
                        return super.contract(call).toBuilder()
                                .batchInvariant(true)
                                .build();
                    }

                    @Override
                    void store(Tensor y, long index, double value) {
                        y.set(index, y.shape().dim(0) > 4 ? value : Math.nextUp((float) value));
                    }
                }),
                wrong("C36", "is broken by a refusal", "after a call was refused", () -> new RightBackend() {
                    private boolean broken;

                    @Override
                    public Kernel prepare(Call call) {
                        if (!refusal(call).isEmpty()) {
                            broken = true;
                        } else if (broken) {
                            throw new IllegalStateException("sticky error");
                        }
                        return super.prepare(call);
                    }
                }),
                wrong("C37", "is broken by an exception", "after a run had failed", () -> new RightBackend() {
                    private boolean broken;

                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        return lifetime.guard(new Product(call) {
                            @Override
                            public Launch bind(Arguments arguments) {
                                if (broken) {
                                    throw new IllegalStateException("sticky error");
                                }
                                broken = true;
                                Launch launch = super.bind(arguments);
                                broken = false;
                                return launch;
                            }
                        });
                    }
                }),
                wrong("C37", "runs on nothing", "without any arguments runs", () -> new RightBackend() {
                    @Override
                    public Kernel prepare(Call call) {
                        super.prepare(call).close();
                        return lifetime.guard(new Product(call) {
                            @Override
                            public Launch bind(Arguments arguments) {
                                return arguments.inputs().isEmpty() ? () -> {} : super.bind(arguments);
                            }
                        });
                    }
                }));
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Wrong withOption(String rule, String what, BackendOption option, String says) {
        return new Wrong(rule, what, says, () -> new RightProvider(RightBackend::new) {
            @Override
            public List<BackendOption> options() {
                return List.of(option);
            }
        });
    }

    private static final class VersionedProvider extends RightProvider {
        private static final AtomicInteger MADE = new AtomicInteger();

        private final int number = MADE.incrementAndGet();

        VersionedProvider() {
            super(RightBackend::new);
        }

        @Override
        public String version() {
            return "1." + number;
        }
    }

    /// Moves four bytes at a time.
    private record WordBuffer(Buffer buffer) implements Buffer {
        @Override
        public long bytes() {
            return buffer.bytes();
        }

        @Override
        public void write(long offset, MemorySegment from) {
            buffer.write(offset & ~3L, from);
        }

        @Override
        public void read(long offset, MemorySegment into) {
            buffer.read(offset & ~3L, into);
        }

        @Override
        public void close() {
            buffer.close();
        }
    }

    private static Argument unwrapped(Argument argument) {
        return argument.buffer() instanceof WordBuffer(Buffer buffer)
                ? new Argument(buffer, argument.offset(), argument.spec())
                : argument;
    }

    private static Map<String, Argument> unwrapped(Map<String, Argument> arguments) {
        Map<String, Argument> all = new LinkedHashMap<>();
        arguments.forEach((name, argument) -> all.put(name, unwrapped(argument)));
        return all;
    }

    private static Map<String, Argument> copies(Map<String, Argument> inputs) {
        Map<String, Argument> copies = new LinkedHashMap<>();
        inputs.forEach((name, argument) -> {
            HostBuffer copy = HostBuffer.allocate(Math.max(1, argument.spec().byteSize()));
            copy.memory().asSlice(0, argument.spec().byteSize()).copyFrom(argument.memory());
            copies.put(name, new Argument(copy, 0, argument.spec()));
        });
        return copies;
    }

    /// Whether a backend is open is known once for all of them.
    private static final class SharedContext extends RightBackend {
        private static final AtomicBoolean THERE = new AtomicBoolean();

        SharedContext() {
            THERE.set(true);
        }

        @Override
        void run(Call call, Arguments arguments) {
            if (!THERE.get()) {
                throw new IllegalStateException("context destroyed");
            }
            super.run(call, arguments);
        }

        @Override
        public void close() {
            super.close();
            THERE.set(false);
        }
    }

    private interface Clock {
        long[] nanos(int times);
    }

    private static Backend timed(Clock clock) {
        return new RightBackend() {
            @Override
            public Kernel prepare(Call call) {
                super.prepare(call).close();
                return lifetime.guard(new Product(call) {
                    @Override
                    public Launch bind(Arguments arguments) {
                        Launch launch = super.bind(arguments);
                        return new Launch() {
                            @Override
                            public void run() {
                                launch.run();
                            }

                            @Override
                            public Timing run(int times) {
                                return new Timing(clock.nanos(times), Timing.Clock.WORKER);
                            }
                        };
                    }
                });
            }
        };
    }
}
