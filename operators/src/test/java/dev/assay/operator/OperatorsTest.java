package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OperatorsTest {
    static List<Operator> all() {
        return List.copyOf(Operators.all());
    }

    /// Every class in the operator packages that is an operator stands in the catalogue; private ones within an
    /// operator
    /// are other readings of it.
    @Test
    void noOperatorIsForgotten() throws IOException, URISyntaxException {
        Path classes = Path.of(Operators.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Set<String> written = new TreeSet<>();
        try (Stream<Path> files = Files.walk(classes.resolve("dev/assay/operator"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString().replace('/', '.');
                Class<?> type = load(name.substring(0, name.length() - ".class".length()));
                boolean apart = Modifier.isAbstract(type.getModifiers()) || Modifier.isPrivate(type.getModifiers());
                if (Operator.class.isAssignableFrom(type) && !apart) {
                    written.add(type.getName());
                }
            }
        }
        Set<String> listed =
                all().stream().map(o -> o.getClass().getName()).collect(Collectors.toCollection(TreeSet::new));
        written.removeIf(name -> name.contains("Test"));
        assertEquals(written, listed);
        assertTrue(listed.size() >= 3);
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Operators.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void namesAndOnnxTypesAreUnique() {
        Set<String> names = new HashSet<>();
        Set<String> types = new HashSet<>();
        for (Operator operator : all()) {
            assertTrue(names.add(operator.name()), operator.name());
            operator.onnxType().ifPresent(type -> assertTrue(types.add(type), type));
        }
        assertTrue(names.containsAll(Set.of("attention", "layer_normalization", "matmul")), names::toString);
        assertTrue(types.containsAll(Set.of("Attention", "LayerNormalization", "MatMul")), types::toString);
    }

    @ParameterizedTest
    @MethodSource("all")
    void signaturesAreWellFormed(Operator operator) {
        assertTrue(operator.name().matches("[a-z][a-z0-9]*(_[a-z0-9]+)*"), operator.name());
        Signature signature = operator.signature();
        assertEquals(signature, operator.signature(), "the same every time");
        Set<String> inputs = names(signature.inputs());
        names(signature.outputs());
        assertFalse(signature.outputs().isEmpty());
        assertFalse(signature.outputs().getFirst().optional(), "something is always computed");
        for (Parameter output : signature.outputs()) {
            output.aliasOf().ifPresent(input -> assertTrue(inputs.contains(input), input));
        }
        Set<String> attributes = new HashSet<>();
        for (AttributeSpec attribute : signature.attributes()) {
            assertTrue(attributes.add(attribute.name()), attribute.name());
            assertFalse(attribute.meaning().isBlank());
            attribute.standard().ifPresent(value -> assertTrue(attribute.kind().isInstance(value)));
        }
    }

    private static Set<String> names(List<Parameter> parameters) {
        Set<String> names = new HashSet<>();
        boolean optional = false;
        for (Parameter parameter : parameters) {
            assertTrue(names.add(parameter.name()), parameter.name());
            assertFalse(parameter.meaning().isBlank());
            assertFalse(parameter.dtypes().isEmpty());
            assertTrue(!optional || parameter.optional(), "required ones come first");
            optional |= parameter.optional();
        }
        return names;
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyOperatorIsFoundByItsName(Operator operator) {
        assertTrue(Operators.has(operator.name()));
        assertSame(operator, Operators.named(operator.name(), "here"));
    }

    @Test
    void unknownNamesAreRefusedWithThoseThereAre() {
        assertFalse(Operators.has("MatMul"));
        HarnessException e = assertThrows(HarnessException.class, () -> Operators.named("mat_mul", "--operator"));
        assertTrue(e.what().contains("'mat_mul'"), e.what());
        assertEquals("--operator", e.where());
        assertTrue(e.fix().contains("matmul"), e.fix());
    }

    @Test
    void theCatalogueCannotBeChanged() {
        assertThrows(UnsupportedOperationException.class, () -> Operators.all().clear());
    }
}
