package org.lowbit4j.docs;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The messages in the library's sources: every text, put together of literals, that is a sentence
 * or more. What is filled in at run time is {@link #HOLE}.
 */
final class Messages extends TreeScanner<Void, Void> {

  static final String HOLE = "\u2026";

  /** A sentence ends, and there are words. */
  private static final Pattern SENTENCE = Pattern.compile("(?s).*[\\w)}\"'\u2026](\\.|[.;:] .*)");

  private static final Pattern FORMAT = Pattern.compile("%[\\d$,.]*[a-zA-Z]|\\{}");

  private final Map<String, ExpressionTree> constants = new HashMap<>();
  private final List<String> messages = new ArrayList<>();

  /** Properties of {@code Check.that(valid, property, given, allowed)}. */
  private final TreeSet<String> checked = new TreeSet<>();

  private Messages() {}

  /** Messages and checked properties of all sources below a folder. */
  record Found(List<String> messages, TreeSet<String> checkedProperties) {}

  static Found in(Path sources) throws IOException {
    Messages found = new Messages();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (Stream<Path> files = Files.walk(sources);
        StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<Path> java = files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(java));
      for (Tree unit : task.parse()) {
        found.constants.clear();
        found.scan(unit, null);
      }
    }
    return new Found(found.messages.stream().distinct().toList(), found.checked);
  }

  @Override
  public Void visitVariable(VariableTree tree, Void none) {
    if (tree.getInitializer() instanceof LiteralTree
        || tree.getInitializer() instanceof BinaryTree) {
      constants.put(tree.getName().toString(), tree.getInitializer());
    }
    return super.visitVariable(tree, none);
  }

  /** What describes an object is no message. */
  @Override
  public Void visitMethod(MethodTree tree, Void none) {
    return tree.getName().contentEquals("toString") ? null : super.visitMethod(tree, none);
  }

  @Override
  public Void visitMethodInvocation(MethodInvocationTree tree, Void none) {
    String method = name(tree.getMethodSelect());
    List<? extends ExpressionTree> arguments = tree.getArguments();
    if (method.equals("debug")) {
      return null;
    }
    if (method.equals("that") && arguments.size() == 4) {
      checked.add(text(arguments.get(1)));
    }
    return super.visitMethodInvocation(tree, none);
  }

  @Override
  public Void visitBinary(BinaryTree tree, Void none) {
    if (tree.getKind() != Tree.Kind.PLUS || !add(text(tree))) {
      return super.visitBinary(tree, none);
    }
    return null;
  }

  @Override
  public Void visitLiteral(LiteralTree tree, Void none) {
    add(text(tree));
    return null;
  }

  private boolean add(String text) {
    boolean message = text.trim().split("\\s+").length >= 4 && SENTENCE.matcher(text).matches();
    if (message) {
      messages.add(text);
    }
    return message;
  }

  /** The text of an expression; a choice of texts counts as the first of them. */
  private String text(ExpressionTree tree) {
    if (tree instanceof LiteralTree literal) {
      String value = literal.getValue() instanceof String s ? s : HOLE;
      return FORMAT.matcher(value).replaceAll(HOLE);
    }
    if (tree instanceof ParenthesizedTree inner) {
      return text(inner.getExpression());
    }
    if (tree instanceof ConditionalExpressionTree choice) {
      return text(choice.getTrueExpression());
    }
    if (tree instanceof BinaryTree sum && sum.getKind() == Tree.Kind.PLUS) {
      return text(sum.getLeftOperand()) + text(sum.getRightOperand());
    }
    if (tree instanceof IdentifierTree identifier
        && constants.containsKey(identifier.getName().toString())) {
      return text(constants.get(identifier.getName().toString()));
    }
    return HOLE;
  }

  private static String name(ExpressionTree method) {
    return method instanceof MemberSelectTree select
        ? select.getIdentifier().toString()
        : method.toString();
  }
}
