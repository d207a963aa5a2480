package org.lowbit4j.cuda;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** C++ without what tells its compiler nothing: comments, indentation, empty lines. */
final class CppText {

  /**
   * Between tokens, or a literal, which may look as if it held a comment. A quote within a number
   * parts its digits and begins no literal.
   */
  private static final Pattern GAP_OR_LITERAL =
      Pattern.compile(
          "((?:\\s++|//[^\n]*+|/\\*(?s:.*?)\\*/)++)"
              + "|\"(?:\\\\.|[^\"\\\\])*+\""
              + "|(?<![0-9A-Fa-f])'(?:\\\\.|[^'\\\\])*+'");

  private CppText() {}

  /** Lines stay lines, since directives end with theirs. */
  static String normalized(String text) {
    return GAP_OR_LITERAL.matcher(text).replaceAll(CppText::replacement).trim();
  }

  private static String replacement(MatchResult match) {
    String found = match.group();
    if (match.group(1) == null) {
      return Matcher.quoteReplacement(found);
    }
    return found.contains("\n") ? "\n" : " ";
  }
}
