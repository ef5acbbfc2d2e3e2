package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Lifetime;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// An open simulated chip.
///
/// The contract follows from the chip's description. Faults do not show in it; variations do that are legitimate only
/// where they are declared.
final class SimulatedBackend implements Backend {
    private static final Pattern ALIGNED = Pattern.compile("aligned-([0-9]+)-([0-9]+)");

    private final Chip chip;
    private final List<Deviation> deviations;
    private final DeviceInfo device;
    private final AtomicLong launches = new AtomicLong();
    private final Lifetime lifetime = new Lifetime();

    /// Operators with kernels of their own.
    private static final Set<String> OWN = Set.of("matmul", "attention", "layer_normalization");

    /// Every operator that some chip runs.
    static String[] everyOperator() {
        Set<String> all = new TreeSet<>(OWN);
        all.addAll(KernelLibrary.operators());
        return all.toArray(String[]::new);
    }

    SimulatedBackend(Chip chip, List<Deviation> deviations) {
        this.chip = chip;
        this.deviations = List.copyOf(deviations);
        this.device = new DeviceInfo(
                "simulated " + chip.name(),
                "",
                "",
                chip.memoryBytes(),
                chip.peaks(chip.name()),
                chip.bandwidthBytesPerSecond(),
                chip.alignmentBytes());
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public Support supports(Call call) {
        DType dtype = call.inputs().getFirst().spec().map(TensorSpec::dtype).orElse(DType.BOOL);
        if (KernelLibrary.operators().contains(call.operator())) {
            return supportsShared(call);
        }
        if (!OWN.contains(call.operator())) {
            return Support.no("this chip has no kernel for " + call.operator());
        }
        if (!chip.types(chip.name()).contains(dtype)) {
            return Support.no("this chip has no " + dtype + " arithmetic");
        }
        if (dtype == DType.F64 && !call.operator().equals("matmul")) {
            return Support.no("of f64 kernels this chip has matmul only");
        }
        if (call.operator().equals("layer_normalization") && call.attributes().integer("stash_type") != 1) {
            return Support.no("this chip keeps the statistics in f32");
        }
        boolean dense =
                call.inputs().stream().flatMap(input -> input.spec().stream()).allMatch(TensorSpec::isDense);
        if (call.operator().equals("layer_normalization") && !dense) {
            return Support.no("layer_normalization needs dense inputs here");
        }
        if (call.operator().equals("attention") && !inF32(call.input("V").dtype())) {
            return Support.no(
                    "this chip has no attention over " + call.input("V").dtype() + " values");
        }
        if (call.operator().equals("matmul") && !MatMulKernel.fits(call)) {
            return Support.no("a matrix of the result has more elements than the accumulators hold");
        }
        return Support.yes();
    }

    /// The vector units: everything of the library that has floating-point types, those of the chip.
    private Support supportsShared(Call call) {
        boolean floats = false;
        for (Call.Operand operand : concat(call.inputs(), call.outputs())) {
            DType dtype = operand.spec().map(TensorSpec::dtype).orElse(DType.F32);
            floats |= operand.spec().isPresent() && dtype.isFloat();
            boolean wide = dtype == DType.F64 || dtype == DType.F32 || dtype == DType.F16 || dtype == DType.BF16;
            if (wide && !chip.types(chip.name()).contains(dtype)) {
                return Support.no("this chip has no " + dtype + " arithmetic");
            }
        }
        return floats ? KernelLibrary.supports(call) : Support.no("no floating-point operand: left to the host");
    }

    private static List<Call.Operand> concat(List<Call.Operand> some, List<Call.Operand> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /// Whether a kernel that works in f32 takes this type.
    private boolean inF32(DType dtype) {
        return dtype != DType.F64 && chip.types(chip.name()).contains(dtype);
    }

    @Override
    public ComputeContract contract(Call call) {
        DType dtype = call.inputs().getFirst().spec().map(TensorSpec::dtype).orElse(DType.F32);
        ComputeContract.Builder contract =
                ComputeContract.strict().deterministic(true).batchInvariant(true);
        boolean f64 = dtype == DType.F64;
        boolean attention = call.operator().equals("attention");
        Matcher aligned = ALIGNED.matcher(chip.matmul().summation());
        // f32 attention runs on the vector units; the matrix unit serves it in 16 bits.
        boolean onMatrixUnit = call.operator().equals("matmul") || (attention && dtype != DType.F32);
        if (onMatrixUnit && !f64 && aligned.matches()) {
            contract.accumulator(new Accumulator.Aligned(
                            Integer.parseInt(aligned.group(1)), Integer.parseInt(aligned.group(2))))
                    .accumulatorRounding(Rounding.TOWARD_ZERO);
        }
        InputRounding inputs = MatMulNumerics.of(chip).inputs;
        if (call.operator().equals("matmul") && dtype == DType.F32) {
            contract.inputs(inputs);
        }
        if (attention) {
            AttentionNumerics numerics = AttentionNumerics.of(chip, dtype);
            numerics.probabilities.ifPresent(type -> contract.probabilities(Stored.as(type)));
            contract.fusedExponent(numerics.exp.equals(Exponentials.FUSED));
        }
        ComputeContract declared = contract.build();
        for (Deviation deviation : concerned(call)) {
            declared = deviation.contract(call, declared);
        }
        return declared;
    }

    private List<Deviation> concerned(Call call) {
        return deviations.stream()
                .filter(deviation -> deviation.operators().contains(call.operator()))
                .toList();
    }

    private SimulatedKernel kernel(Call call) {
        DType dtype = call.inputs().getFirst().spec().map(TensorSpec::dtype).orElse(DType.F32);
        List<Deviation> mine = concerned(call);
        return switch (call.operator()) {
            case "matmul" -> {
                MatMulNumerics numerics = MatMulNumerics.of(chip);
                for (Deviation deviation : mine) {
                    numerics = deviation.matmul(numerics);
                }
                yield new MatMulKernel(chip, numerics);
            }
            case "attention" -> {
                AttentionNumerics numerics = AttentionNumerics.of(chip, dtype);
                if (dtype == DType.F32) {
                    numerics = numerics.onVectorUnits();
                }
                for (Deviation deviation : mine) {
                    numerics = deviation.attention(numerics);
                }
                yield new AttentionKernel(chip, numerics);
            }
            default -> {
                NormalizationNumerics numerics = NormalizationNumerics.of(chip);
                for (Deviation deviation : mine) {
                    numerics = deviation.normalization(numerics);
                }
                yield new LayerNormalizationKernel(numerics);
            }
        };
    }

    @Override
    public Buffer allocate(long bytes) {
        lifetime.check();
        return HostBuffer.allocate(bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        lifetime.check();
        if (supports(call) instanceof Support.No(String reason)) {
            throw new UnsupportedCallException(reason);
        }
        SimulatedKernel kernel = KernelLibrary.operators().contains(call.operator()) ? shared(call) : kernel(call);
        List<Deviation> mine = concerned(call);
        long nanos = Math.max(1, Math.round(modelledNanos(call, kernel)));
        return lifetime.guard(arguments -> new SimulatedLaunch(call, kernel, arguments, mine, nanos, launches));
    }

    /// A kernel of the library on the chip's vector units, which deviations change step by step or as a whole.
    private SimulatedKernel shared(Call call) {
        boolean f64 = concat(call.inputs(), call.outputs()).stream()
                .anyMatch(operand -> operand.spec().map(TensorSpec::dtype).orElse(DType.F32) == DType.F64);
        Arithmetic arithmetic = f64 ? Arithmetic.F64 : VectorUnits.of(chip);
        List<Deviation> mine = concerned(call);
        for (Deviation deviation : mine) {
            arithmetic = deviation.arithmetic(arithmetic);
        }
        Call read = call;
        for (Deviation deviation : mine) {
            read = deviation.misread(read);
        }
        SharedKernel planned = KernelLibrary.plan(read, arithmetic);
        for (Deviation deviation : mine) {
            planned = deviation.kernel(read, arithmetic, planned);
        }
        SharedKernel chosen = planned;
        return new SimulatedKernel() {
            @Override
            public void run(Call asked, Arguments arguments, long launch) {
                chosen.run(arguments);
            }

            // Memory-bound: the vector units are never the limit.
            @Override
            public double modelledFlops(Call asked) {
                return 0;
            }
        };
    }

    /// A roofline with tile quantisation: the slower of arithmetic and memory, after a fixed cost.
    private double modelledNanos(Call call, SimulatedKernel kernel) {
        DType dtype = call.inputs().getFirst().spec().map(TensorSpec::dtype).orElse(DType.F32);
        double peak = device.peakFlopsPerSecond().getOrDefault(dtype, 0.0);
        double arithmetic = peak > 0 ? kernel.modelledFlops(call) / peak : 0;
        double memory = call.tensorBytes() / chip.bandwidthBytesPerSecond();
        return chip.launchNanos() + 1e9 * Math.max(arithmetic, memory);
    }

    @Override
    public void close() {
        lifetime.close();
    }

    private record SimulatedLaunch(
            Call call,
            SimulatedKernel kernel,
            Arguments arguments,
            List<Deviation> deviations,
            long modelledNanos,
            AtomicLong launches)
            implements Launch {

        @Override
        public void run() {
            List<Runnable> later = deviations.stream()
                    .map(deviation -> deviation.before(call, arguments))
                    .toList();
            if (deviations.stream().allMatch(Deviation::launches)) {
                kernel.run(call, arguments, launches.getAndIncrement());
            }
            later.forEach(Runnable::run);
            deviations.forEach(deviation -> deviation.after(call, arguments));
        }

        @Override
        public Timing run(int times) {
            run();
            long[] nanos = new long[times];
            Arrays.fill(nanos, modelledNanos);
            return new Timing(nanos, Timing.Clock.MODELLED);
        }
    }
}
