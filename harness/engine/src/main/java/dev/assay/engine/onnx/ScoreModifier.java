package dev.assay.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.assay.backend.Attribute;
import dev.assay.engine.onnx.NodeTest.NotMappable;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The graph `score_mod` of ONNX FlexAttention as attributes of a call.
///
/// The graph is written out as a formula of the score `s`, the numbers `i` of its query and `j` of its key, which is
/// then one of those that a call can say, or none.
final class ScoreModifier {
    static final String NAME = "score_mod";

    private static final String NUMBER = "(-?[0-9.E-]+)";
    private static final Pattern BIAS = Pattern.compile("\\(s\\+" + NUMBER + "\\)|\\(" + NUMBER + "\\+s\\)");
    private static final Pattern CAP = Pattern.compile(
            "\\(tanh\\(\\(s/" + NUMBER + "\\)\\)\\*\\1\\)|\\(" + NUMBER + "\\*tanh\\(\\(s/\\2\\)\\)\\)");
    private static final Pattern RELATIVE = Pattern.compile("\\(s\\+\\(i-j\\)\\)|\\(\\(i-j\\)\\+s\\)");
    private static final Pattern AWAY = Pattern.compile("\\(s\\+\\(j-i\\)\\)|\\(\\(j-i\\)\\+s\\)");
    private static final Pattern CAUSAL =
            Pattern.compile("where\\(\\((i>=j|j<=i)\\),s,-Infinity\\)" + "|where\\(\\((j>i|i<j)\\),-Infinity,s\\)");

    private ScoreModifier() {}

    /// What a call says instead of the graph.
    static Map<String, Attribute> attributes(GraphProto graph, String place) throws NotMappable {
        String formula = formula(graph, place);
        Matcher bias = BIAS.matcher(formula);
        if (bias.matches()) {
            return Map.of("bias", real(bias));
        }
        Matcher cap = CAP.matcher(formula);
        if (cap.matches() && real(cap).value() > 0) {
            return Map.of("softcap", real(cap));
        }
        if (RELATIVE.matcher(formula).matches()) {
            return Map.of("relative_bias", new Attribute.Real(1));
        }
        if (AWAY.matcher(formula).matches()) {
            return Map.of("relative_bias", new Attribute.Real(-1));
        }
        if (CAUSAL.matcher(formula).matches()) {
            return Map.of("is_causal", new Attribute.Int(1));
        }
        throw new NotMappable("attribute '" + NAME + "' is the graph " + formula + ", which no call can say");
    }

    private static Attribute.Real real(Matcher matcher) {
        return new Attribute.Real(Double.parseDouble(matcher.group(1) == null ? matcher.group(2) : matcher.group(1)));
    }

    /// The graph's output in terms of its input.
    private static String formula(GraphProto graph, String place) throws NotMappable {
        if (graph.getInputCount() != 1 || graph.getOutputCount() != 1) {
            throw new NotMappable("attribute '" + NAME + "' is a graph of " + graph.getInputCount() + " inputs and "
                    + graph.getOutputCount() + " outputs");
        }
        Map<String, String> known = new HashMap<>();
        known.put(graph.getInput(0).getName(), "s");
        for (TensorProto constant : graph.getInitializerList()) {
            known.put(constant.getName(), constant(constant, place));
        }
        for (NodeProto node : graph.getNodeList()) {
            known.put(node.getOutput(0), result(node, known));
        }
        return known.getOrDefault(graph.getOutput(0).getName(), "?");
    }

    private static String constant(TensorProto constant, String place) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = OnnxTensors.read(constant, place + ", " + constant.getName(), arena);
            StringJoiner numbers = new StringJoiner(",");
            for (long i = 0; i < tensor.shape().elements(); i++) {
                numbers.add(Double.toString(tensor.get(i)));
            }
            return tensor.shape().rank() == 0 ? numbers.toString() : "[" + numbers + "]";
        }
    }

    private static String result(NodeProto node, Map<String, String> known) {
        List<String> x = node.getInputList().stream()
                .map(name -> known.getOrDefault(name, "?"))
                .toList();
        String all = String.join(",", x);
        return switch (node.getOpType() + (node.getDomain().isEmpty() ? "" : " of " + node.getDomain())) {
            case "Add" -> infix(x, "+");
            case "Sub" -> infix(x, "-");
            case "Mul" -> infix(x, "*");
            case "Div" -> infix(x, "/");
            case "Greater" -> infix(x, ">");
            case "GreaterOrEqual" -> infix(x, ">=");
            case "Less" -> infix(x, "<");
            case "LessOrEqual" -> infix(x, "<=");
            case "Identity" -> all;
            // Whole numbers; a score that is cast loses bits.
            case "Cast" -> List.of("i", "j", "(i-j)", "(j-i)").contains(all) ? all : "cast(" + all + ")";
            case "Range" -> range(all);
            case "Reshape" -> place(all);
            case "Where" -> "where(" + all + ")";
            case "Gather" -> isFirst(node) ? "at(" + all + ")" : "?";
            default -> node.getOpType().toLowerCase(Locale.ROOT) + "(" + all + ")";
        };
    }

    private static String infix(List<String> x, String sign) {
        return "(" + String.join(sign, x) + ")";
    }

    private static boolean isFirst(NodeProto node) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("axis"))
                .mapToLong(AttributeProto::getI)
                .allMatch(axis -> axis == 0);
    }

    /// All queries or all keys, in order: scores are [batch, head, query, key].
    private static String range(String operands) {
        return switch (operands) {
            case "0.0,at(shape(s),2.0),1.0", "0.0,at(shape(s),-2.0),1.0" -> "queries";
            case "0.0,at(shape(s),3.0),1.0", "0.0,at(shape(s),-1.0),1.0" -> "keys";
            default -> "range(" + operands + ")";
        };
    }

    /// Numbers along the dimension of a score that they belong to.
    private static String place(String operands) {
        return switch (operands) {
            case "queries,[-1.0,1.0]", "queries,[1.0,-1.0,1.0]", "queries,[1.0,1.0,-1.0,1.0]" -> "i";
            case "keys,[-1.0]", "keys,[1.0,-1.0]", "keys,[1.0,1.0,-1.0]", "keys,[1.0,1.0,1.0,-1.0]" -> "j";
            default -> "reshape(" + operands + ")";
        };
    }
}
