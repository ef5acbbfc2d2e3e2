package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Broadcast;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Base of the operators that compute each element from those in the same place of the inputs, which broadcast.
///
/// A subclass gives its formula over [Approx] numbers, from which value and error bound follow, or over integers, which
/// wrap. Where nothing is rounded before the last step, only the correctly rounded result is right.
public abstract class Elementwise extends NamedOperator {
    private static final int CHUNK = 1 << 12;

    /// @param onnxType empty if ONNX has no such operator
    protected Elementwise(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    /// Elementwise with a formula and its source.
    protected static About about(String formula, String source) {
        return new About(formula, source, About.Errors.ELEMENTWISE);
    }

    /// The same where nothing is rounded.
    protected static About exact(String formula, String source) {
        return new About(formula, source, About.Errors.EXACT);
    }

    /// One input X, and Y of the same type and shape.
    protected static Signature unary(Set<DType> dtypes, AttributeSpec... attributes) {
        return new Signature(
                List.of(Parameter.required("X", "T", dtypes, "any shape")),
                List.of(Parameter.required("Y", "T", dtypes, "like X")),
                List.of(attributes));
    }

    /// Inputs A and B, and C of the same type.
    protected static Signature binary(Set<DType> dtypes, AttributeSpec... attributes) {
        return new Signature(
                List.of(
                        Parameter.required("A", "T", dtypes, "left operand"),
                        Parameter.required("B", "T", dtypes, "right operand, which broadcasts with A")),
                List.of(Parameter.required("C", "T", dtypes, "the common shape")),
                List.of(attributes));
    }

    /// Inputs A and B, and a bool C.
    protected static Signature predicate(Set<DType> dtypes) {
        return new Signature(
                List.of(
                        Parameter.required("A", "T", dtypes, "left operand"),
                        Parameter.required("B", "T", dtypes, "right operand, which broadcasts with A")),
                List.of(Parameter.required("C", "B", Signature.only(DType.BOOL), "the common shape")),
                List.of());
    }

    /// Any number of inputs that broadcast, and one output of the same type.
    protected static Signature variadic(String inputs, String output, Set<DType> dtypes) {
        return new Signature(
                List.of(Parameter.variadic(inputs, "T", dtypes, "operands that broadcast")),
                List.of(Parameter.required(output, "T", dtypes, "the common shape")),
                List.of());
    }

    /// Floats and signed integers.
    protected static Set<DType> signed() {
        return Signature.union(Signature.floats(), Signature.only(DType.I8, DType.I16, DType.I32, DType.I64));
    }

    /// Whether the first input is of unsigned integers.
    protected static boolean isUnsigned(Call call) {
        return call.inputs().getFirst().spec().orElseThrow().dtype().kind() == DType.Kind.UNSIGNED;
    }

    /// Compares integers.
    protected static int compare(long a, long b, boolean unsigned) {
        return unsigned ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    /// A formula for floating-point elements. An input that the call leaves out is null.
    @FunctionalInterface
    public interface Formula {
        Approx of(Approx[] x);
    }

    /// A formula for integer elements and truth values (0 and 1), exact modulo 2^64; it is wrapped to the output's
    /// type.
    @FunctionalInterface
    public interface IntegerFormula {
        long of(long[] x);
    }

    /// The formula, with what the attributes say worked out once. Called where an input or the output is
    /// floating-point.
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        throw new UnsupportedOperationException(name() + " has no formula for floating-point numbers");
    }

    /// The formula where neither the inputs nor the output are floating-point.
    protected IntegerFormula integerFormula(Call call) {
        throw new UnsupportedOperationException(name() + " has no formula for integers");
    }

    /// Whether the semantics leave the result open for these inputs, such as a quotient of integers by 0.
    protected boolean isOpen(long[] x) {
        return false;
    }

    /// The same for floating-point inputs.
    protected boolean isOpen(Approx[] x) {
        return false;
    }

    /// Type of the output. The default is that of the first input, or bool where the signature says so.
    protected DType outputType(Call call) {
        Set<DType> allowed = signature().outputs().getFirst().dtypes();
        DType input = call.inputs().getFirst().spec().orElseThrow().dtype();
        return allowed.size() == 1 ? allowed.iterator().next() : input;
    }

    /// Throws [InvalidCallException] unless two inputs have one shape.
    protected final void checkAlike(Call call, String one, String other) {
        Shape first = call.input(one).shape();
        Shape second = call.input(other).shape();
        require(
                first.equals(second),
                other + " is " + second + ", " + one + " is " + first,
                "input " + other,
                "give both one shape");
    }

    /// Throws [InvalidCallException] for attributes out of range, or shapes that may not broadcast.
    protected void check(Call call) {}

    /// The inputs whose elements count, first the first; the others lend no more than their type.
    protected List<Operand> operands(Call call) {
        return call.inputs();
    }

    /// How many floating-point operations an element takes.
    protected double flops() {
        return 1;
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        check(call);
        return List.of(TensorSpec.dense(outputType(call), commonShape(call)));
    }

    private Shape commonShape(Call call) {
        List<Shape> shapes = operands(call).stream()
                .flatMap(operand -> operand.spec().stream())
                .map(TensorSpec::shape)
                .toList();
        return Broadcast.shape(shapes, name());
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(flops() * commonShape(call).elements(), call.tensorBytes());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return commonShape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("codes", false, "some values of the type are handled wrongly"));
    }

    private final class Reference implements Oracle {
        private final Shape shape;
        private final DType output;
        private final boolean integral;
        private final List<Optional<Tensor>> tensors = new ArrayList<>();
        private final List<Broadcast> places = new ArrayList<>();
        private final Formula formula;
        private final IntegerFormula integers;
        private final WorkingArithmetic arithmetic;

        Reference(Call call, Inputs inputs, ComputeContract contract) {
            this.shape = commonShape(call);
            this.output = outputType(call);
            boolean whole = !output.isFloat();
            DType widest = output;
            for (Operand operand : operands(call)) {
                Optional<Tensor> tensor =
                        operand.spec().isPresent() ? Optional.of(inputs.get(operand.name())) : Optional.empty();
                tensors.add(tensor);
                places.add(Broadcast.of(tensor.map(Tensor::shape).orElse(Shape.of()), shape));
                DType dtype = tensor.map(Tensor::dtype).orElse(output);
                whole &= !dtype.isFloat();
                widest = dtype.isFloat() && (!widest.isFloat() || dtype.precision() > widest.precision())
                        ? dtype
                        : widest;
            }
            this.integral = whole;
            this.arithmetic = new WorkingArithmetic(contract, widest);
            this.formula = integral ? x -> arithmetic.of(0) : formula(call, arithmetic);
            this.integers = integral ? integerFormula(call) : x -> 0;
        }

        @Override
        public Shape shape(int position) {
            return shape;
        }

        @Override
        public long cluster(int position) {
            return 1;
        }

        @Override
        public void expect(int position, Region region, Observed device, ExpectedBlock into) {
            int elements = Math.toIntExact(region.elements());
            Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
                int end = Math.min(elements, (part + 1) * CHUNK);
                for (int i = part * CHUNK; i < end; i++) {
                    long number = region.number(shape, i);
                    if (integral) {
                        whole(number, i, into);
                    } else {
                        real(number, i, into);
                    }
                }
            });
        }

        private void real(long number, int i, ExpectedBlock into) {
            Approx[] x = new Approx[tensors.size()];
            for (int n = 0; n < x.length; n++) {
                if (tensors.get(n).isPresent()) {
                    x[n] = read(tensors.get(n).get(), places.get(n).source(number));
                }
            }
            if (isOpen(x)) {
                into.mark(i, ExpectedBlock.ANY);
                return;
            }
            Approx y = formula.of(x);
            into.values()[i] = y.value();
            into.lows()[i] = y.low();
            double certain = y.errorBefore(output);
            if (certain == Double.POSITIVE_INFINITY) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (certain > 0 && Double.isFinite(y.value())) {
                into.allow(i, 0, certain);
            }
        }

        private Approx read(Tensor tensor, long number) {
            DType dtype = tensor.dtype();
            if (dtype.bits() == 64 && !dtype.isFloat()) {
                long code = tensor.codeAt(tensor.position(number));
                return arithmetic.of(dtype.decode(code), ExpectedBlock.beyond(code, dtype));
            }
            return arithmetic.of(tensor.get(number));
        }

        private void whole(long number, int i, ExpectedBlock into) {
            long[] x = new long[tensors.size()];
            for (int n = 0; n < x.length; n++) {
                if (tensors.get(n).isPresent()) {
                    Tensor tensor = tensors.get(n).get();
                    long position = tensor.position(places.get(n).source(number));
                    x[n] = tensor.dtype().decodeLong(tensor.codeAt(position));
                }
            }
            if (isOpen(x)) {
                into.mark(i, ExpectedBlock.ANY);
                return;
            }
            into.setInteger(i, output.encodeLong(integers.of(x)), output);
        }
    }
}
