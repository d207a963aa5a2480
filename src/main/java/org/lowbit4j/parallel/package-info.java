/**
 * Training by DL4J's ParallelWrapper, for those who have its jar. Not loaded by the rest of the
 * library.
 */
package org.lowbit4j.parallel;
