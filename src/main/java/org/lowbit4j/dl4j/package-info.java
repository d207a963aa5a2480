/** Where DL4J's configurations keep updaters and regularizations; knows nothing of 8 bits. */
package org.lowbit4j.dl4j;
