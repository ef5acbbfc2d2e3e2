package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Inputs, outputs and attributes of an operator.
public record Signature(List<Parameter> inputs, List<Parameter> outputs, List<AttributeSpec> attributes) {

    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
    }

    /// A tensor parameter.
    ///
    /// @param name as in ONNX
    /// @param type parameters with the same type variable have the same dtype, such as `T`
    /// @param dtypes what the type variable may stand for
    /// @param optional whether it may be left out
    /// @param variadic whether it stands for any number of tensors, named `name.0`, `name.1`, ...
    /// @param constant for an input: whether its values belong to the call (see `Call.constants`)
    /// @param aliasOf for an output: the input in whose memory it is written
    /// @param meaning shape and role, in one line
    public record Parameter(
            String name,
            String type,
            Set<DType> dtypes,
            boolean optional,
            boolean variadic,
            boolean constant,
            Optional<String> aliasOf,
            String meaning) {

        public Parameter {
            dtypes = Set.copyOf(dtypes);
        }

        public static Parameter required(String name, String type, Set<DType> dtypes, String meaning) {
            return new Parameter(name, type, dtypes, false, false, false, Optional.empty(), meaning);
        }

        public static Parameter optional(String name, String type, Set<DType> dtypes, String meaning) {
            return new Parameter(name, type, dtypes, true, false, false, Optional.empty(), meaning);
        }

        /// Any number of tensors, at least one.
        public static Parameter variadic(String name, String type, Set<DType> dtypes, String meaning) {
            return new Parameter(name, type, dtypes, false, true, false, Optional.empty(), meaning);
        }

        /// An input whose values belong to the call.
        public static Parameter constant(String name, String type, Set<DType> dtypes, String meaning) {
            return new Parameter(name, type, dtypes, false, false, true, Optional.empty(), meaning);
        }

        /// An optional input whose values belong to the call.
        public static Parameter optionalConstant(String name, String type, Set<DType> dtypes, String meaning) {
            return new Parameter(name, type, dtypes, true, false, true, Optional.empty(), meaning);
        }

        /// This output written in the memory of an input.
        public Parameter inPlaceOf(String input) {
            return new Parameter(name, type, dtypes, optional, variadic, constant, Optional.of(input), meaning);
        }
    }

    /// An attribute.
    ///
    /// @param kind the type of its value
    /// @param standard value when it is not given; empty if it is then absent
    /// @param meaning what it does, with its unit or range
    public record AttributeSpec(
            String name, Class<? extends Attribute> kind, Optional<Attribute> standard, String meaning) {

        public static AttributeSpec integer(String name, long standard, String meaning) {
            return new AttributeSpec(name, Attribute.Int.class, Optional.of(new Attribute.Int(standard)), meaning);
        }

        public static AttributeSpec real(String name, double standard, String meaning) {
            return new AttributeSpec(name, Attribute.Real.class, Optional.of(new Attribute.Real(standard)), meaning);
        }

        /// An attribute that is absent unless given.
        public static AttributeSpec optional(String name, Class<? extends Attribute> kind, String meaning) {
            return new AttributeSpec(name, kind, Optional.empty(), meaning);
        }
    }

    /// The floating-point types that operators of linear algebra take today.
    public static Set<DType> floats() {
        return EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);
    }

    /// Integer types of whole bytes.
    public static Set<DType> integers() {
        return EnumSet.of(DType.I8, DType.I16, DType.I32, DType.I64, DType.U8, DType.U16, DType.U32, DType.U64);
    }

    /// [#floats] and [#integers].
    public static Set<DType> numbers() {
        return union(floats(), integers());
    }

    /// Every type.
    public static Set<DType> all() {
        return EnumSet.allOf(DType.class);
    }

    public static Set<DType> union(Set<DType> some, Set<DType> others) {
        Set<DType> union = EnumSet.copyOf(some);
        union.addAll(others);
        return union;
    }

    public static Set<DType> only(DType... dtypes) {
        return EnumSet.copyOf(Arrays.asList(dtypes));
    }
}
