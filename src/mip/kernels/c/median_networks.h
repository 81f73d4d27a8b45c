/* Made by scripts/median_networks.py: change that, and run it. See median.h.
 *
 * `rows` are padded: a window begins at its own x. Lists lie in `stage`, sorted: element i
 * of the list of column x is at [i * STAGE_STRIDE + x]. */

MIP_TARGET static void MIP_TYPED(median5_columns)(const KEY *const *rows, KEY *restrict out,
    ptrdiff_t n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    const KEY *restrict r3 = rows[3];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = LEAST(v0, v1); const KEY v5 = MOST(v0, v1); const KEY v6 = LEAST(v2, v3);
        const KEY v7 = MOST(v2, v3); const KEY v8 = LEAST(v4, v6); const KEY v9 = MOST(v4, v6);
        const KEY v10 = LEAST(v5, v7); const KEY v11 = MOST(v5, v7); const KEY v12 = LEAST(v9, v10);
        const KEY v13 = MOST(v9, v10); out[0 * STAGE_STRIDE + x] = v8;
        out[1 * STAGE_STRIDE + x] = v12; out[2 * STAGE_STRIDE + x] = v13;
        out[3 * STAGE_STRIDE + x] = v11;
    }
}

MIP_TARGET static void MIP_TYPED(median5_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[0 * STAGE_STRIDE + x + 1]; const KEY v5 = in[1 * STAGE_STRIDE + x + 1];
        const KEY v6 = in[2 * STAGE_STRIDE + x + 1]; const KEY v7 = in[3 * STAGE_STRIDE + x + 1];
        const KEY v8 = LEAST(v0, v4); const KEY v9 = MOST(v0, v4); const KEY v10 = LEAST(v2, v6);
        const KEY v11 = MOST(v2, v6); const KEY v12 = LEAST(v9, v10); const KEY v13 = MOST(v9, v10);
        const KEY v14 = LEAST(v1, v5); const KEY v15 = MOST(v1, v5); const KEY v16 = LEAST(v3, v7);
        const KEY v17 = MOST(v3, v7); const KEY v18 = LEAST(v15, v16);
        const KEY v19 = MOST(v15, v16); const KEY v20 = LEAST(v12, v14);
        const KEY v21 = MOST(v12, v14); const KEY v22 = LEAST(v13, v18);
        const KEY v23 = MOST(v13, v18); const KEY v24 = LEAST(v11, v19);
        const KEY v25 = MOST(v11, v19); out[0 * STAGE_STRIDE + x] = v8;
        out[1 * STAGE_STRIDE + x] = v20; out[2 * STAGE_STRIDE + x] = v21;
        out[3 * STAGE_STRIDE + x] = v22; out[4 * STAGE_STRIDE + x] = v23;
        out[5 * STAGE_STRIDE + x] = v24; out[6 * STAGE_STRIDE + x] = v25;
        out[7 * STAGE_STRIDE + x] = v17;
    }
}

MIP_TARGET static void MIP_TYPED(median5_of_4)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[0 * STAGE_STRIDE + x + 2]; const KEY v9 = in[1 * STAGE_STRIDE + x + 2];
        const KEY v10 = in[2 * STAGE_STRIDE + x + 2]; const KEY v11 = in[3 * STAGE_STRIDE + x + 2];
        const KEY v12 = in[4 * STAGE_STRIDE + x + 2]; const KEY v13 = in[5 * STAGE_STRIDE + x + 2];
        const KEY v14 = in[6 * STAGE_STRIDE + x + 2]; const KEY v15 = in[7 * STAGE_STRIDE + x + 2];
        const KEY v17 = MOST(v0, v8); const KEY v18 = LEAST(v4, v12); const KEY v19 = MOST(v4, v12);
        const KEY v20 = LEAST(v17, v18); const KEY v21 = MOST(v17, v18);
        const KEY v22 = LEAST(v2, v10); const KEY v23 = MOST(v2, v10);
        const KEY v24 = LEAST(v6, v14); const KEY v26 = LEAST(v23, v24);
        const KEY v27 = MOST(v23, v24); const KEY v29 = MOST(v20, v22);
        const KEY v30 = LEAST(v21, v26); const KEY v31 = MOST(v21, v26);
        const KEY v32 = LEAST(v19, v27); const KEY v33 = MOST(v19, v27);
        const KEY v35 = MOST(v1, v9); const KEY v36 = LEAST(v5, v13); const KEY v37 = MOST(v5, v13);
        const KEY v38 = LEAST(v35, v36); const KEY v39 = MOST(v35, v36);
        const KEY v40 = LEAST(v3, v11); const KEY v41 = MOST(v3, v11);
        const KEY v42 = LEAST(v7, v15); const KEY v44 = LEAST(v41, v42);
        const KEY v45 = MOST(v41, v42); const KEY v46 = LEAST(v38, v40);
        const KEY v47 = MOST(v38, v40); const KEY v48 = LEAST(v39, v44);
        const KEY v49 = MOST(v39, v44); const KEY v50 = LEAST(v37, v45);
        const KEY v54 = LEAST(v29, v46); const KEY v55 = MOST(v29, v46);
        const KEY v56 = LEAST(v30, v47); const KEY v57 = MOST(v30, v47);
        const KEY v58 = LEAST(v31, v48); const KEY v59 = MOST(v31, v48);
        const KEY v60 = LEAST(v32, v49); const KEY v61 = MOST(v32, v49);
        const KEY v62 = LEAST(v33, v50); const KEY v63 = MOST(v33, v50);
        out[0 * STAGE_STRIDE + x] = v54; out[1 * STAGE_STRIDE + x] = v55;
        out[2 * STAGE_STRIDE + x] = v56; out[3 * STAGE_STRIDE + x] = v57;
        out[4 * STAGE_STRIDE + x] = v58; out[5 * STAGE_STRIDE + x] = v59;
        out[6 * STAGE_STRIDE + x] = v60; out[7 * STAGE_STRIDE + x] = v61;
        out[8 * STAGE_STRIDE + x] = v62; out[9 * STAGE_STRIDE + x] = v63;
    }
}

MIP_TARGET static void MIP_TYPED(median5_last)(const KEY *restrict l4, const KEY *restrict l1, const
    KEY *restrict above, const KEY *restrict below, KEY *restrict out0, KEY *restrict out1,
    ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l1[0 * STAGE_STRIDE + x + 4]; const KEY v1 = l1[1 * STAGE_STRIDE + x + 4];
        const KEY v2 = l1[2 * STAGE_STRIDE + x + 4]; const KEY v3 = l1[3 * STAGE_STRIDE + x + 4];
        const KEY v4 = l4[0 * STAGE_STRIDE + x + 0]; const KEY v5 = l4[1 * STAGE_STRIDE + x + 0];
        const KEY v6 = l4[2 * STAGE_STRIDE + x + 0]; const KEY v7 = l4[3 * STAGE_STRIDE + x + 0];
        const KEY v8 = l4[4 * STAGE_STRIDE + x + 0]; const KEY v9 = l4[5 * STAGE_STRIDE + x + 0];
        const KEY v10 = l4[6 * STAGE_STRIDE + x + 0]; const KEY v11 = l4[7 * STAGE_STRIDE + x + 0];
        const KEY v12 = l4[8 * STAGE_STRIDE + x + 0]; const KEY v13 = l4[9 * STAGE_STRIDE + x + 0];
        const KEY v14 = LEAST(v0, v9); const KEY v15 = MOST(v0, v9); const KEY v17 = MOST(v14, v5);
        const KEY v18 = LEAST(v15, v13); const KEY v20 = LEAST(v2, v11);
        const KEY v22 = LEAST(v20, v7); const KEY v23 = MOST(v20, v7);
        const KEY v25 = MOST(v17, v22); const KEY v26 = LEAST(v18, v23);
        const KEY v27 = MOST(v18, v23); const KEY v30 = LEAST(v1, v10);
        const KEY v31 = MOST(v1, v10); const KEY v33 = MOST(v30, v6); const KEY v35 = MOST(v4, v3);
        const KEY v36 = LEAST(v35, v12); const KEY v38 = LEAST(v36, v8);
        const KEY v39 = MOST(v36, v8); const KEY v42 = LEAST(v33, v38);
        const KEY v43 = MOST(v33, v38); const KEY v44 = LEAST(v31, v39);
        const KEY v50 = LEAST(v25, v42); const KEY v51 = MOST(v25, v42);
        const KEY v52 = LEAST(v26, v43); const KEY v53 = MOST(v26, v43);
        const KEY v54 = LEAST(v27, v44); const KEY v55 = MOST(v27, v44);
        const KEY v60 = above[x + 0]; const KEY v61 = above[x + 1]; const KEY v62 = above[x + 2];
        const KEY v63 = above[x + 3]; const KEY v64 = above[x + 4]; const KEY v65 = LEAST(v60, v61);
        const KEY v66 = MOST(v60, v61); const KEY v67 = LEAST(v63, v64);
        const KEY v68 = MOST(v63, v64); const KEY v69 = LEAST(v62, v67);
        const KEY v70 = MOST(v62, v67); const KEY v71 = LEAST(v70, v68);
        const KEY v72 = MOST(v70, v68); const KEY v73 = LEAST(v65, v69);
        const KEY v74 = MOST(v65, v69); const KEY v75 = LEAST(v74, v72);
        const KEY v76 = MOST(v74, v72); const KEY v77 = LEAST(v66, v71);
        const KEY v78 = MOST(v66, v71); const KEY v79 = LEAST(v75, v77);
        const KEY v80 = MOST(v75, v77); const KEY v81 = LEAST(v76, v78);
        const KEY v82 = MOST(v76, v78); const KEY v83 = MOST(v82, v50);
        const KEY v84 = MOST(v81, v51); const KEY v85 = MOST(v80, v52);
        const KEY v86 = MOST(v79, v53); const KEY v87 = MOST(v73, v54);
        const KEY v88 = LEAST(v83, v84); const KEY v89 = LEAST(v88, v85);
        const KEY v90 = LEAST(v89, v86); const KEY v91 = LEAST(v90, v87);
        const KEY v92 = LEAST(v91, v55); const KEY v93 = below[x + 0]; const KEY v94 = below[x + 1];
        const KEY v95 = below[x + 2]; const KEY v96 = below[x + 3]; const KEY v97 = below[x + 4];
        const KEY v98 = LEAST(v93, v94); const KEY v99 = MOST(v93, v94);
        const KEY v100 = LEAST(v96, v97); const KEY v101 = MOST(v96, v97);
        const KEY v102 = LEAST(v95, v100); const KEY v103 = MOST(v95, v100);
        const KEY v104 = LEAST(v103, v101); const KEY v105 = MOST(v103, v101);
        const KEY v106 = LEAST(v98, v102); const KEY v107 = MOST(v98, v102);
        const KEY v108 = LEAST(v107, v105); const KEY v109 = MOST(v107, v105);
        const KEY v110 = LEAST(v99, v104); const KEY v111 = MOST(v99, v104);
        const KEY v112 = LEAST(v108, v110); const KEY v113 = MOST(v108, v110);
        const KEY v114 = LEAST(v109, v111); const KEY v115 = MOST(v109, v111);
        const KEY v116 = MOST(v115, v50); const KEY v117 = MOST(v114, v51);
        const KEY v118 = MOST(v113, v52); const KEY v119 = MOST(v112, v53);
        const KEY v120 = MOST(v106, v54); const KEY v121 = LEAST(v116, v117);
        const KEY v122 = LEAST(v121, v118); const KEY v123 = LEAST(v122, v119);
        const KEY v124 = LEAST(v123, v120); const KEY v125 = LEAST(v124, v55); out0[x] = v92;
        out1[x] = v125;
    }
}

MIP_TARGET static void MIP_TYPED(median5)(const KEY *const *rows, KEY *out0,
    KEY *out1, ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 4 * STAGE_STRIDE;
    KEY *l4 = stage + 12 * STAGE_STRIDE;
    KEY *spare = stage + 22 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const int is_whole = WHOLE(n) == n;
        KEY *to0 = is_whole ? out0 + begin : spare;
        KEY *to1 = is_whole ? out1 + begin : spare + STAGE_STRIDE;
        const KEY *at[6];
        for (int i = 0; i < 6; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median5_columns)(at + 1, l1, WHOLE(n + 4));
        MIP_TYPED(median5_of_2)(l1, l2, WHOLE(n + 3));
        MIP_TYPED(median5_of_4)(l2, l4, WHOLE(n + 1));
        MIP_TYPED(median5_last)(l4, l1, at[0], at[5], to0, to1, WHOLE(n + 0));
        if (!is_whole) {
            memcpy(out0 + begin, to0, (size_t)n * sizeof(KEY));
            memcpy(out1 + begin, to1, (size_t)n * sizeof(KEY));
        }
    }
}

MIP_TARGET static void MIP_TYPED(median7_columns)(const KEY *const *rows, KEY *restrict out,
    ptrdiff_t n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    const KEY *restrict r3 = rows[3];
    const KEY *restrict r4 = rows[4];
    const KEY *restrict r5 = rows[5];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = LEAST(v1, v2);
        const KEY v7 = MOST(v1, v2); const KEY v8 = LEAST(v0, v6); const KEY v9 = MOST(v0, v6);
        const KEY v10 = LEAST(v9, v7); const KEY v11 = MOST(v9, v7); const KEY v12 = LEAST(v4, v5);
        const KEY v13 = MOST(v4, v5); const KEY v14 = LEAST(v3, v12); const KEY v15 = MOST(v3, v12);
        const KEY v16 = LEAST(v15, v13); const KEY v17 = MOST(v15, v13);
        const KEY v18 = LEAST(v8, v14); const KEY v19 = MOST(v8, v14);
        const KEY v20 = LEAST(v11, v17); const KEY v21 = MOST(v11, v17);
        const KEY v22 = LEAST(v19, v20); const KEY v23 = MOST(v19, v20);
        const KEY v24 = LEAST(v10, v16); const KEY v25 = MOST(v10, v16);
        const KEY v26 = LEAST(v22, v24); const KEY v27 = MOST(v22, v24);
        const KEY v28 = LEAST(v23, v25); const KEY v29 = MOST(v23, v25);
        out[0 * STAGE_STRIDE + x] = v18; out[1 * STAGE_STRIDE + x] = v26;
        out[2 * STAGE_STRIDE + x] = v27; out[3 * STAGE_STRIDE + x] = v28;
        out[4 * STAGE_STRIDE + x] = v29; out[5 * STAGE_STRIDE + x] = v21;
    }
}

MIP_TARGET static void MIP_TYPED(median7_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[0 * STAGE_STRIDE + x + 1]; const KEY v7 = in[1 * STAGE_STRIDE + x + 1];
        const KEY v8 = in[2 * STAGE_STRIDE + x + 1]; const KEY v9 = in[3 * STAGE_STRIDE + x + 1];
        const KEY v10 = in[4 * STAGE_STRIDE + x + 1]; const KEY v11 = in[5 * STAGE_STRIDE + x + 1];
        const KEY v12 = LEAST(v0, v6); const KEY v13 = MOST(v0, v6); const KEY v14 = LEAST(v4, v10);
        const KEY v15 = MOST(v4, v10); const KEY v16 = LEAST(v13, v14);
        const KEY v17 = MOST(v13, v14); const KEY v18 = LEAST(v2, v8); const KEY v19 = MOST(v2, v8);
        const KEY v20 = LEAST(v16, v18); const KEY v21 = MOST(v16, v18);
        const KEY v22 = LEAST(v17, v19); const KEY v23 = MOST(v17, v19);
        const KEY v24 = LEAST(v1, v7); const KEY v25 = MOST(v1, v7); const KEY v26 = LEAST(v5, v11);
        const KEY v27 = MOST(v5, v11); const KEY v28 = LEAST(v25, v26);
        const KEY v29 = MOST(v25, v26); const KEY v30 = LEAST(v3, v9); const KEY v31 = MOST(v3, v9);
        const KEY v32 = LEAST(v28, v30); const KEY v33 = MOST(v28, v30);
        const KEY v34 = LEAST(v29, v31); const KEY v35 = MOST(v29, v31);
        const KEY v36 = LEAST(v20, v24); const KEY v37 = MOST(v20, v24);
        const KEY v38 = LEAST(v21, v32); const KEY v39 = MOST(v21, v32);
        const KEY v40 = LEAST(v22, v33); const KEY v41 = MOST(v22, v33);
        const KEY v42 = LEAST(v23, v34); const KEY v43 = MOST(v23, v34);
        const KEY v44 = LEAST(v15, v35); const KEY v45 = MOST(v15, v35);
        out[0 * STAGE_STRIDE + x] = v12; out[1 * STAGE_STRIDE + x] = v36;
        out[2 * STAGE_STRIDE + x] = v37; out[3 * STAGE_STRIDE + x] = v38;
        out[4 * STAGE_STRIDE + x] = v39; out[5 * STAGE_STRIDE + x] = v40;
        out[6 * STAGE_STRIDE + x] = v41; out[7 * STAGE_STRIDE + x] = v42;
        out[8 * STAGE_STRIDE + x] = v43; out[9 * STAGE_STRIDE + x] = v44;
        out[10 * STAGE_STRIDE + x] = v45; out[11 * STAGE_STRIDE + x] = v27;
    }
}

MIP_TARGET static void MIP_TYPED(median7_of_4)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0];
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0]; const KEY v12 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v13 = in[1 * STAGE_STRIDE + x + 2]; const KEY v14 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v15 = in[3 * STAGE_STRIDE + x + 2]; const KEY v16 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v17 = in[5 * STAGE_STRIDE + x + 2]; const KEY v18 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v19 = in[7 * STAGE_STRIDE + x + 2]; const KEY v20 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v21 = in[9 * STAGE_STRIDE + x + 2]; const KEY v22 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[11 * STAGE_STRIDE + x + 2]; const KEY v24 = LEAST(v0, v12);
        const KEY v25 = MOST(v0, v12); const KEY v26 = LEAST(v8, v20);
        const KEY v27 = MOST(v8, v20); const KEY v28 = LEAST(v25, v26);
        const KEY v29 = MOST(v25, v26); const KEY v30 = LEAST(v4, v16);
        const KEY v31 = MOST(v4, v16); const KEY v32 = LEAST(v28, v30);
        const KEY v33 = MOST(v28, v30); const KEY v34 = LEAST(v29, v31);
        const KEY v35 = MOST(v29, v31); const KEY v36 = LEAST(v2, v14);
        const KEY v37 = MOST(v2, v14); const KEY v38 = LEAST(v10, v22);
        const KEY v39 = MOST(v10, v22); const KEY v40 = LEAST(v37, v38);
        const KEY v41 = MOST(v37, v38); const KEY v42 = LEAST(v6, v18);
        const KEY v43 = MOST(v6, v18); const KEY v44 = LEAST(v40, v42);
        const KEY v45 = MOST(v40, v42); const KEY v46 = LEAST(v41, v43);
        const KEY v47 = MOST(v41, v43); const KEY v48 = LEAST(v32, v36);
        const KEY v49 = MOST(v32, v36); const KEY v50 = LEAST(v33, v44);
        const KEY v51 = MOST(v33, v44); const KEY v52 = LEAST(v34, v45);
        const KEY v53 = MOST(v34, v45); const KEY v54 = LEAST(v35, v46);
        const KEY v55 = MOST(v35, v46); const KEY v56 = LEAST(v27, v47);
        const KEY v57 = MOST(v27, v47); const KEY v58 = LEAST(v1, v13);
        const KEY v59 = MOST(v1, v13); const KEY v60 = LEAST(v9, v21);
        const KEY v61 = MOST(v9, v21); const KEY v62 = LEAST(v59, v60);
        const KEY v63 = MOST(v59, v60); const KEY v64 = LEAST(v5, v17);
        const KEY v65 = MOST(v5, v17); const KEY v66 = LEAST(v62, v64);
        const KEY v67 = MOST(v62, v64); const KEY v68 = LEAST(v63, v65);
        const KEY v69 = MOST(v63, v65); const KEY v70 = LEAST(v3, v15);
        const KEY v71 = MOST(v3, v15); const KEY v72 = LEAST(v11, v23);
        const KEY v73 = MOST(v11, v23); const KEY v74 = LEAST(v71, v72);
        const KEY v75 = MOST(v71, v72); const KEY v76 = LEAST(v7, v19);
        const KEY v77 = MOST(v7, v19); const KEY v78 = LEAST(v74, v76);
        const KEY v79 = MOST(v74, v76); const KEY v80 = LEAST(v75, v77);
        const KEY v81 = MOST(v75, v77); const KEY v82 = LEAST(v66, v70);
        const KEY v83 = MOST(v66, v70); const KEY v84 = LEAST(v67, v78);
        const KEY v85 = MOST(v67, v78); const KEY v86 = LEAST(v68, v79);
        const KEY v87 = MOST(v68, v79); const KEY v88 = LEAST(v69, v80);
        const KEY v89 = MOST(v69, v80); const KEY v90 = LEAST(v61, v81);
        const KEY v91 = MOST(v61, v81); const KEY v92 = LEAST(v48, v58);
        const KEY v93 = MOST(v48, v58); const KEY v94 = LEAST(v49, v82);
        const KEY v95 = MOST(v49, v82); const KEY v96 = LEAST(v50, v83);
        const KEY v97 = MOST(v50, v83); const KEY v98 = LEAST(v51, v84);
        const KEY v99 = MOST(v51, v84); const KEY v100 = LEAST(v52, v85);
        const KEY v101 = MOST(v52, v85); const KEY v102 = LEAST(v53, v86);
        const KEY v103 = MOST(v53, v86); const KEY v104 = LEAST(v54, v87);
        const KEY v105 = MOST(v54, v87); const KEY v106 = LEAST(v55, v88);
        const KEY v107 = MOST(v55, v88); const KEY v108 = LEAST(v56, v89);
        const KEY v109 = MOST(v56, v89); const KEY v110 = LEAST(v57, v90);
        const KEY v111 = MOST(v57, v90); const KEY v112 = LEAST(v39, v91);
        const KEY v113 = MOST(v39, v91); out[0 * STAGE_STRIDE + x] = v24;
        out[1 * STAGE_STRIDE + x] = v92; out[2 * STAGE_STRIDE + x] = v93;
        out[3 * STAGE_STRIDE + x] = v94; out[4 * STAGE_STRIDE + x] = v95;
        out[5 * STAGE_STRIDE + x] = v96; out[6 * STAGE_STRIDE + x] = v97;
        out[7 * STAGE_STRIDE + x] = v98; out[8 * STAGE_STRIDE + x] = v99;
        out[9 * STAGE_STRIDE + x] = v100; out[10 * STAGE_STRIDE + x] = v101;
        out[11 * STAGE_STRIDE + x] = v102; out[12 * STAGE_STRIDE + x] = v103;
        out[13 * STAGE_STRIDE + x] = v104; out[14 * STAGE_STRIDE + x] = v105;
        out[15 * STAGE_STRIDE + x] = v106; out[16 * STAGE_STRIDE + x] = v107;
        out[17 * STAGE_STRIDE + x] = v108; out[18 * STAGE_STRIDE + x] = v109;
        out[19 * STAGE_STRIDE + x] = v110; out[20 * STAGE_STRIDE + x] = v111;
        out[21 * STAGE_STRIDE + x] = v112; out[22 * STAGE_STRIDE + x] = v113;
        out[23 * STAGE_STRIDE + x] = v73;
    }
}

MIP_TARGET static void MIP_TYPED(median7_last)(const KEY *restrict l4, const KEY *restrict l2, const
    KEY *restrict l1, const KEY *restrict above, const KEY *restrict below, KEY *restrict out0, KEY
    *restrict out1, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l2[0 * STAGE_STRIDE + x + 4]; const KEY v1 = l2[1 * STAGE_STRIDE + x + 4];
        const KEY v2 = l2[2 * STAGE_STRIDE + x + 4]; const KEY v3 = l2[3 * STAGE_STRIDE + x + 4];
        const KEY v4 = l2[4 * STAGE_STRIDE + x + 4]; const KEY v5 = l2[5 * STAGE_STRIDE + x + 4];
        const KEY v6 = l2[6 * STAGE_STRIDE + x + 4]; const KEY v7 = l2[7 * STAGE_STRIDE + x + 4];
        const KEY v8 = l2[8 * STAGE_STRIDE + x + 4]; const KEY v9 = l2[9 * STAGE_STRIDE + x + 4];
        const KEY v10 = l2[10 * STAGE_STRIDE + x + 4];
        const KEY v11 = l2[11 * STAGE_STRIDE + x + 4]; const KEY v12 = l1[0 * STAGE_STRIDE + x + 6];
        const KEY v13 = l1[1 * STAGE_STRIDE + x + 6]; const KEY v14 = l1[2 * STAGE_STRIDE + x + 6];
        const KEY v15 = l1[3 * STAGE_STRIDE + x + 6]; const KEY v16 = l1[4 * STAGE_STRIDE + x + 6];
        const KEY v17 = l1[5 * STAGE_STRIDE + x + 6]; const KEY v18 = LEAST(v0, v12);
        const KEY v19 = MOST(v0, v12); const KEY v20 = LEAST(v19, v8);
        const KEY v21 = MOST(v19, v8); const KEY v22 = LEAST(v4, v16);
        const KEY v23 = MOST(v4, v16); const KEY v24 = LEAST(v20, v22);
        const KEY v25 = MOST(v20, v22); const KEY v26 = LEAST(v21, v23);
        const KEY v27 = MOST(v21, v23); const KEY v28 = LEAST(v2, v14);
        const KEY v29 = MOST(v2, v14); const KEY v30 = LEAST(v29, v10);
        const KEY v31 = MOST(v29, v10); const KEY v32 = LEAST(v30, v6);
        const KEY v33 = MOST(v30, v6); const KEY v34 = LEAST(v24, v28);
        const KEY v35 = MOST(v24, v28); const KEY v36 = LEAST(v25, v32);
        const KEY v37 = MOST(v25, v32); const KEY v38 = LEAST(v26, v33);
        const KEY v39 = MOST(v26, v33); const KEY v40 = LEAST(v27, v31);
        const KEY v41 = MOST(v27, v31); const KEY v42 = LEAST(v1, v13);
        const KEY v43 = MOST(v1, v13); const KEY v44 = LEAST(v43, v9);
        const KEY v45 = MOST(v43, v9); const KEY v46 = LEAST(v5, v17);
        const KEY v47 = MOST(v5, v17); const KEY v48 = LEAST(v44, v46);
        const KEY v49 = MOST(v44, v46); const KEY v50 = LEAST(v45, v47);
        const KEY v51 = MOST(v45, v47); const KEY v52 = LEAST(v3, v15);
        const KEY v53 = MOST(v3, v15); const KEY v54 = LEAST(v53, v11);
        const KEY v55 = MOST(v53, v11); const KEY v56 = LEAST(v54, v7);
        const KEY v57 = MOST(v54, v7); const KEY v58 = LEAST(v48, v52);
        const KEY v59 = MOST(v48, v52); const KEY v60 = LEAST(v49, v56);
        const KEY v61 = MOST(v49, v56); const KEY v62 = LEAST(v50, v57);
        const KEY v63 = MOST(v50, v57); const KEY v64 = LEAST(v51, v55);
        const KEY v65 = MOST(v51, v55); const KEY v66 = LEAST(v34, v42);
        const KEY v67 = MOST(v34, v42); const KEY v68 = LEAST(v35, v58);
        const KEY v69 = MOST(v35, v58); const KEY v70 = LEAST(v36, v59);
        const KEY v71 = MOST(v36, v59); const KEY v72 = LEAST(v37, v60);
        const KEY v73 = MOST(v37, v60); const KEY v74 = LEAST(v38, v61);
        const KEY v75 = MOST(v38, v61); const KEY v76 = LEAST(v39, v62);
        const KEY v77 = MOST(v39, v62); const KEY v78 = LEAST(v40, v63);
        const KEY v79 = MOST(v40, v63); const KEY v80 = LEAST(v41, v64);
        const KEY v81 = MOST(v41, v64); const KEY v82 = l4[0 * STAGE_STRIDE + x + 0];
        const KEY v83 = l4[1 * STAGE_STRIDE + x + 0]; const KEY v84 = l4[2 * STAGE_STRIDE + x + 0];
        const KEY v85 = l4[3 * STAGE_STRIDE + x + 0]; const KEY v86 = l4[4 * STAGE_STRIDE + x + 0];
        const KEY v87 = l4[5 * STAGE_STRIDE + x + 0]; const KEY v88 = l4[6 * STAGE_STRIDE + x + 0];
        const KEY v89 = l4[7 * STAGE_STRIDE + x + 0]; const KEY v90 = l4[8 * STAGE_STRIDE + x + 0];
        const KEY v91 = l4[9 * STAGE_STRIDE + x + 0]; const KEY v92 = l4[10 * STAGE_STRIDE + x + 0];
        const KEY v93 = l4[11 * STAGE_STRIDE + x + 0];
        const KEY v94 = l4[12 * STAGE_STRIDE + x + 0];
        const KEY v95 = l4[13 * STAGE_STRIDE + x + 0];
        const KEY v96 = l4[14 * STAGE_STRIDE + x + 0];
        const KEY v97 = l4[15 * STAGE_STRIDE + x + 0];
        const KEY v98 = l4[16 * STAGE_STRIDE + x + 0];
        const KEY v99 = l4[17 * STAGE_STRIDE + x + 0];
        const KEY v100 = l4[18 * STAGE_STRIDE + x + 0];
        const KEY v101 = l4[19 * STAGE_STRIDE + x + 0];
        const KEY v102 = l4[20 * STAGE_STRIDE + x + 0];
        const KEY v103 = l4[21 * STAGE_STRIDE + x + 0];
        const KEY v104 = l4[22 * STAGE_STRIDE + x + 0];
        const KEY v105 = l4[23 * STAGE_STRIDE + x + 0]; const KEY v107 = MOST(v82, v18);
        const KEY v108 = LEAST(v98, v81); const KEY v111 = MOST(v107, v108);
        const KEY v113 = MOST(v90, v73); const KEY v116 = LEAST(v111, v113);
        const KEY v119 = MOST(v86, v69); const KEY v120 = LEAST(v119, v102);
        const KEY v122 = LEAST(v94, v77); const KEY v125 = MOST(v120, v122);
        const KEY v132 = LEAST(v116, v125); const KEY v133 = MOST(v116, v125);
        const KEY v139 = MOST(v84, v67); const KEY v140 = LEAST(v139, v100);
        const KEY v141 = MOST(v139, v100); const KEY v142 = LEAST(v92, v75);
        const KEY v143 = MOST(v92, v75); const KEY v145 = MOST(v140, v142);
        const KEY v146 = LEAST(v141, v143); const KEY v149 = MOST(v88, v71);
        const KEY v150 = LEAST(v149, v104); const KEY v152 = LEAST(v96, v79);
        const KEY v154 = LEAST(v150, v152); const KEY v155 = MOST(v150, v152);
        const KEY v161 = MOST(v145, v154); const KEY v162 = LEAST(v146, v155);
        const KEY v174 = LEAST(v132, v161); const KEY v175 = MOST(v132, v161);
        const KEY v176 = LEAST(v133, v162); const KEY v177 = MOST(v133, v162);
        const KEY v187 = MOST(v83, v66); const KEY v188 = LEAST(v99, v65);
        const KEY v190 = LEAST(v187, v188); const KEY v191 = MOST(v187, v188);
        const KEY v192 = LEAST(v91, v74); const KEY v193 = MOST(v91, v74);
        const KEY v195 = MOST(v190, v192); const KEY v196 = LEAST(v191, v193);
        const KEY v199 = MOST(v87, v70); const KEY v200 = LEAST(v199, v103);
        const KEY v202 = LEAST(v95, v78); const KEY v204 = LEAST(v200, v202);
        const KEY v205 = MOST(v200, v202); const KEY v211 = MOST(v195, v204);
        const KEY v212 = LEAST(v196, v205); const KEY v213 = MOST(v196, v205);
        const KEY v219 = MOST(v85, v68); const KEY v220 = LEAST(v219, v101);
        const KEY v221 = MOST(v219, v101); const KEY v222 = LEAST(v93, v76);
        const KEY v223 = MOST(v93, v76); const KEY v225 = MOST(v220, v222);
        const KEY v226 = LEAST(v221, v223); const KEY v229 = MOST(v89, v72);
        const KEY v230 = LEAST(v229, v105); const KEY v232 = LEAST(v97, v80);
        const KEY v234 = LEAST(v230, v232); const KEY v235 = MOST(v230, v232);
        const KEY v240 = LEAST(v225, v234); const KEY v241 = MOST(v225, v234);
        const KEY v242 = LEAST(v226, v235); const KEY v253 = MOST(v211, v240);
        const KEY v254 = LEAST(v212, v241); const KEY v255 = MOST(v212, v241);
        const KEY v256 = LEAST(v213, v242); const KEY v282 = LEAST(v174, v253);
        const KEY v283 = MOST(v174, v253); const KEY v284 = LEAST(v175, v254);
        const KEY v285 = MOST(v175, v254); const KEY v286 = LEAST(v176, v255);
        const KEY v287 = MOST(v176, v255); const KEY v288 = LEAST(v177, v256);
        const KEY v289 = MOST(v177, v256); const KEY v306 = above[x + 0];
        const KEY v307 = above[x + 1]; const KEY v308 = above[x + 2]; const KEY v309 = above[x + 3];
        const KEY v310 = above[x + 4]; const KEY v311 = above[x + 5]; const KEY v312 = above[x + 6];
        const KEY v313 = LEAST(v307, v308); const KEY v314 = MOST(v307, v308);
        const KEY v315 = LEAST(v306, v313); const KEY v316 = MOST(v306, v313);
        const KEY v317 = LEAST(v316, v314); const KEY v318 = MOST(v316, v314);
        const KEY v319 = LEAST(v309, v310); const KEY v320 = MOST(v309, v310);
        const KEY v321 = LEAST(v311, v312); const KEY v322 = MOST(v311, v312);
        const KEY v323 = LEAST(v319, v321); const KEY v324 = MOST(v319, v321);
        const KEY v325 = LEAST(v320, v322); const KEY v326 = MOST(v320, v322);
        const KEY v327 = LEAST(v324, v325); const KEY v328 = MOST(v324, v325);
        const KEY v329 = LEAST(v315, v323); const KEY v330 = MOST(v315, v323);
        const KEY v331 = LEAST(v318, v328); const KEY v332 = MOST(v318, v328);
        const KEY v333 = LEAST(v330, v331); const KEY v334 = MOST(v330, v331);
        const KEY v335 = LEAST(v317, v327); const KEY v336 = MOST(v317, v327);
        const KEY v337 = LEAST(v336, v326); const KEY v338 = MOST(v336, v326);
        const KEY v339 = LEAST(v333, v335); const KEY v340 = MOST(v333, v335);
        const KEY v341 = LEAST(v334, v337); const KEY v342 = MOST(v334, v337);
        const KEY v343 = LEAST(v332, v338); const KEY v344 = MOST(v332, v338);
        const KEY v345 = MOST(v344, v282); const KEY v346 = MOST(v343, v283);
        const KEY v347 = MOST(v342, v284); const KEY v348 = MOST(v341, v285);
        const KEY v349 = MOST(v340, v286); const KEY v350 = MOST(v339, v287);
        const KEY v351 = MOST(v329, v288); const KEY v352 = LEAST(v345, v346);
        const KEY v353 = LEAST(v352, v347); const KEY v354 = LEAST(v353, v348);
        const KEY v355 = LEAST(v354, v349); const KEY v356 = LEAST(v355, v350);
        const KEY v357 = LEAST(v356, v351); const KEY v358 = LEAST(v357, v289);
        const KEY v359 = below[x + 0]; const KEY v360 = below[x + 1]; const KEY v361 = below[x + 2];
        const KEY v362 = below[x + 3]; const KEY v363 = below[x + 4]; const KEY v364 = below[x + 5];
        const KEY v365 = below[x + 6]; const KEY v366 = LEAST(v360, v361);
        const KEY v367 = MOST(v360, v361); const KEY v368 = LEAST(v359, v366);
        const KEY v369 = MOST(v359, v366); const KEY v370 = LEAST(v369, v367);
        const KEY v371 = MOST(v369, v367); const KEY v372 = LEAST(v362, v363);
        const KEY v373 = MOST(v362, v363); const KEY v374 = LEAST(v364, v365);
        const KEY v375 = MOST(v364, v365); const KEY v376 = LEAST(v372, v374);
        const KEY v377 = MOST(v372, v374); const KEY v378 = LEAST(v373, v375);
        const KEY v379 = MOST(v373, v375); const KEY v380 = LEAST(v377, v378);
        const KEY v381 = MOST(v377, v378); const KEY v382 = LEAST(v368, v376);
        const KEY v383 = MOST(v368, v376); const KEY v384 = LEAST(v371, v381);
        const KEY v385 = MOST(v371, v381); const KEY v386 = LEAST(v383, v384);
        const KEY v387 = MOST(v383, v384); const KEY v388 = LEAST(v370, v380);
        const KEY v389 = MOST(v370, v380); const KEY v390 = LEAST(v389, v379);
        const KEY v391 = MOST(v389, v379); const KEY v392 = LEAST(v386, v388);
        const KEY v393 = MOST(v386, v388); const KEY v394 = LEAST(v387, v390);
        const KEY v395 = MOST(v387, v390); const KEY v396 = LEAST(v385, v391);
        const KEY v397 = MOST(v385, v391); const KEY v398 = MOST(v397, v282);
        const KEY v399 = MOST(v396, v283); const KEY v400 = MOST(v395, v284);
        const KEY v401 = MOST(v394, v285); const KEY v402 = MOST(v393, v286);
        const KEY v403 = MOST(v392, v287); const KEY v404 = MOST(v382, v288);
        const KEY v405 = LEAST(v398, v399); const KEY v406 = LEAST(v405, v400);
        const KEY v407 = LEAST(v406, v401); const KEY v408 = LEAST(v407, v402);
        const KEY v409 = LEAST(v408, v403); const KEY v410 = LEAST(v409, v404);
        const KEY v411 = LEAST(v410, v289); out0[x] = v358; out1[x] = v411;
    }
}

MIP_TARGET static void MIP_TYPED(median7)(const KEY *const *rows, KEY *out0,
    KEY *out1, ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 6 * STAGE_STRIDE;
    KEY *l4 = stage + 18 * STAGE_STRIDE;
    KEY *spare = stage + 42 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const int is_whole = WHOLE(n) == n;
        KEY *to0 = is_whole ? out0 + begin : spare;
        KEY *to1 = is_whole ? out1 + begin : spare + STAGE_STRIDE;
        const KEY *at[8];
        for (int i = 0; i < 8; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median7_columns)(at + 1, l1, WHOLE(n + 6));
        MIP_TYPED(median7_of_2)(l1, l2, WHOLE(n + 5));
        MIP_TYPED(median7_of_4)(l2, l4, WHOLE(n + 3));
        MIP_TYPED(median7_last)(l4, l2, l1, at[0], at[7], to0, to1, WHOLE(n + 0));
        if (!is_whole) {
            memcpy(out0 + begin, to0, (size_t)n * sizeof(KEY));
            memcpy(out1 + begin, to1, (size_t)n * sizeof(KEY));
        }
    }
}

MIP_TARGET static void MIP_TYPED(median9_columns)(const KEY *const *rows, KEY *restrict out,
    ptrdiff_t n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    const KEY *restrict r3 = rows[3];
    const KEY *restrict r4 = rows[4];
    const KEY *restrict r5 = rows[5];
    const KEY *restrict r6 = rows[6];
    const KEY *restrict r7 = rows[7];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x]; const KEY v7 = r7[x];
        const KEY v8 = LEAST(v0, v1); const KEY v9 = MOST(v0, v1); const KEY v10 = LEAST(v2, v3);
        const KEY v11 = MOST(v2, v3); const KEY v12 = LEAST(v8, v10); const KEY v13 = MOST(v8, v10);
        const KEY v14 = LEAST(v9, v11); const KEY v15 = MOST(v9, v11);
        const KEY v16 = LEAST(v13, v14); const KEY v17 = MOST(v13, v14);
        const KEY v18 = LEAST(v4, v5); const KEY v19 = MOST(v4, v5); const KEY v20 = LEAST(v6, v7);
        const KEY v21 = MOST(v6, v7); const KEY v22 = LEAST(v18, v20);
        const KEY v23 = MOST(v18, v20); const KEY v24 = LEAST(v19, v21);
        const KEY v25 = MOST(v19, v21); const KEY v26 = LEAST(v23, v24);
        const KEY v27 = MOST(v23, v24); const KEY v28 = LEAST(v12, v22);
        const KEY v29 = MOST(v12, v22); const KEY v30 = LEAST(v17, v27);
        const KEY v31 = MOST(v17, v27); const KEY v32 = LEAST(v29, v30);
        const KEY v33 = MOST(v29, v30); const KEY v34 = LEAST(v16, v26);
        const KEY v35 = MOST(v16, v26); const KEY v36 = LEAST(v15, v25);
        const KEY v37 = MOST(v15, v25); const KEY v38 = LEAST(v35, v36);
        const KEY v39 = MOST(v35, v36); const KEY v40 = LEAST(v32, v34);
        const KEY v41 = MOST(v32, v34); const KEY v42 = LEAST(v33, v38);
        const KEY v43 = MOST(v33, v38); const KEY v44 = LEAST(v31, v39);
        const KEY v45 = MOST(v31, v39); out[0 * STAGE_STRIDE + x] = v28;
        out[1 * STAGE_STRIDE + x] = v40; out[2 * STAGE_STRIDE + x] = v41;
        out[3 * STAGE_STRIDE + x] = v42; out[4 * STAGE_STRIDE + x] = v43;
        out[5 * STAGE_STRIDE + x] = v44; out[6 * STAGE_STRIDE + x] = v45;
        out[7 * STAGE_STRIDE + x] = v37;
    }
}

MIP_TARGET static void MIP_TYPED(median9_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[0 * STAGE_STRIDE + x + 1]; const KEY v9 = in[1 * STAGE_STRIDE + x + 1];
        const KEY v10 = in[2 * STAGE_STRIDE + x + 1]; const KEY v11 = in[3 * STAGE_STRIDE + x + 1];
        const KEY v12 = in[4 * STAGE_STRIDE + x + 1]; const KEY v13 = in[5 * STAGE_STRIDE + x + 1];
        const KEY v14 = in[6 * STAGE_STRIDE + x + 1]; const KEY v15 = in[7 * STAGE_STRIDE + x + 1];
        const KEY v16 = LEAST(v0, v8); const KEY v17 = MOST(v0, v8); const KEY v18 = LEAST(v4, v12);
        const KEY v19 = MOST(v4, v12); const KEY v20 = LEAST(v17, v18);
        const KEY v21 = MOST(v17, v18); const KEY v22 = LEAST(v2, v10);
        const KEY v23 = MOST(v2, v10); const KEY v24 = LEAST(v6, v14);
        const KEY v25 = MOST(v6, v14); const KEY v26 = LEAST(v23, v24);
        const KEY v27 = MOST(v23, v24); const KEY v28 = LEAST(v20, v22);
        const KEY v29 = MOST(v20, v22); const KEY v30 = LEAST(v21, v26);
        const KEY v31 = MOST(v21, v26); const KEY v32 = LEAST(v19, v27);
        const KEY v33 = MOST(v19, v27); const KEY v34 = LEAST(v1, v9); const KEY v35 = MOST(v1, v9);
        const KEY v36 = LEAST(v5, v13); const KEY v37 = MOST(v5, v13);
        const KEY v38 = LEAST(v35, v36); const KEY v39 = MOST(v35, v36);
        const KEY v40 = LEAST(v3, v11); const KEY v41 = MOST(v3, v11);
        const KEY v42 = LEAST(v7, v15); const KEY v43 = MOST(v7, v15);
        const KEY v44 = LEAST(v41, v42); const KEY v45 = MOST(v41, v42);
        const KEY v46 = LEAST(v38, v40); const KEY v47 = MOST(v38, v40);
        const KEY v48 = LEAST(v39, v44); const KEY v49 = MOST(v39, v44);
        const KEY v50 = LEAST(v37, v45); const KEY v51 = MOST(v37, v45);
        const KEY v52 = LEAST(v28, v34); const KEY v53 = MOST(v28, v34);
        const KEY v54 = LEAST(v29, v46); const KEY v55 = MOST(v29, v46);
        const KEY v56 = LEAST(v30, v47); const KEY v57 = MOST(v30, v47);
        const KEY v58 = LEAST(v31, v48); const KEY v59 = MOST(v31, v48);
        const KEY v60 = LEAST(v32, v49); const KEY v61 = MOST(v32, v49);
        const KEY v62 = LEAST(v33, v50); const KEY v63 = MOST(v33, v50);
        const KEY v64 = LEAST(v25, v51); const KEY v65 = MOST(v25, v51);
        out[0 * STAGE_STRIDE + x] = v16; out[1 * STAGE_STRIDE + x] = v52;
        out[2 * STAGE_STRIDE + x] = v53; out[3 * STAGE_STRIDE + x] = v54;
        out[4 * STAGE_STRIDE + x] = v55; out[5 * STAGE_STRIDE + x] = v56;
        out[6 * STAGE_STRIDE + x] = v57; out[7 * STAGE_STRIDE + x] = v58;
        out[8 * STAGE_STRIDE + x] = v59; out[9 * STAGE_STRIDE + x] = v60;
        out[10 * STAGE_STRIDE + x] = v61; out[11 * STAGE_STRIDE + x] = v62;
        out[12 * STAGE_STRIDE + x] = v63; out[13 * STAGE_STRIDE + x] = v64;
        out[14 * STAGE_STRIDE + x] = v65; out[15 * STAGE_STRIDE + x] = v43;
    }
}

MIP_TARGET static void MIP_TYPED(median9_of_4)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0];
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0];
        const KEY v12 = in[12 * STAGE_STRIDE + x + 0];
        const KEY v13 = in[13 * STAGE_STRIDE + x + 0];
        const KEY v14 = in[14 * STAGE_STRIDE + x + 0];
        const KEY v15 = in[15 * STAGE_STRIDE + x + 0]; const KEY v16 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v17 = in[1 * STAGE_STRIDE + x + 2]; const KEY v18 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v19 = in[3 * STAGE_STRIDE + x + 2]; const KEY v20 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v21 = in[5 * STAGE_STRIDE + x + 2]; const KEY v22 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[7 * STAGE_STRIDE + x + 2]; const KEY v24 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v25 = in[9 * STAGE_STRIDE + x + 2]; const KEY v26 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v27 = in[11 * STAGE_STRIDE + x + 2];
        const KEY v28 = in[12 * STAGE_STRIDE + x + 2];
        const KEY v29 = in[13 * STAGE_STRIDE + x + 2];
        const KEY v30 = in[14 * STAGE_STRIDE + x + 2];
        const KEY v31 = in[15 * STAGE_STRIDE + x + 2]; const KEY v32 = LEAST(v0, v16);
        const KEY v33 = MOST(v0, v16); const KEY v34 = LEAST(v8, v24);
        const KEY v35 = MOST(v8, v24); const KEY v36 = LEAST(v33, v34);
        const KEY v37 = MOST(v33, v34); const KEY v38 = LEAST(v4, v20);
        const KEY v39 = MOST(v4, v20); const KEY v40 = LEAST(v12, v28);
        const KEY v41 = MOST(v12, v28); const KEY v42 = LEAST(v39, v40);
        const KEY v43 = MOST(v39, v40); const KEY v44 = LEAST(v36, v38);
        const KEY v45 = MOST(v36, v38); const KEY v46 = LEAST(v37, v42);
        const KEY v47 = MOST(v37, v42); const KEY v48 = LEAST(v35, v43);
        const KEY v49 = MOST(v35, v43); const KEY v50 = LEAST(v2, v18);
        const KEY v51 = MOST(v2, v18); const KEY v52 = LEAST(v10, v26);
        const KEY v53 = MOST(v10, v26); const KEY v54 = LEAST(v51, v52);
        const KEY v55 = MOST(v51, v52); const KEY v56 = LEAST(v6, v22);
        const KEY v57 = MOST(v6, v22); const KEY v58 = LEAST(v14, v30);
        const KEY v59 = MOST(v14, v30); const KEY v60 = LEAST(v57, v58);
        const KEY v61 = MOST(v57, v58); const KEY v62 = LEAST(v54, v56);
        const KEY v63 = MOST(v54, v56); const KEY v64 = LEAST(v55, v60);
        const KEY v65 = MOST(v55, v60); const KEY v66 = LEAST(v53, v61);
        const KEY v67 = MOST(v53, v61); const KEY v68 = LEAST(v44, v50);
        const KEY v69 = MOST(v44, v50); const KEY v70 = LEAST(v45, v62);
        const KEY v71 = MOST(v45, v62); const KEY v72 = LEAST(v46, v63);
        const KEY v73 = MOST(v46, v63); const KEY v74 = LEAST(v47, v64);
        const KEY v75 = MOST(v47, v64); const KEY v76 = LEAST(v48, v65);
        const KEY v77 = MOST(v48, v65); const KEY v78 = LEAST(v49, v66);
        const KEY v79 = MOST(v49, v66); const KEY v80 = LEAST(v41, v67);
        const KEY v81 = MOST(v41, v67); const KEY v82 = LEAST(v1, v17);
        const KEY v83 = MOST(v1, v17); const KEY v84 = LEAST(v9, v25);
        const KEY v85 = MOST(v9, v25); const KEY v86 = LEAST(v83, v84);
        const KEY v87 = MOST(v83, v84); const KEY v88 = LEAST(v5, v21);
        const KEY v89 = MOST(v5, v21); const KEY v90 = LEAST(v13, v29);
        const KEY v91 = MOST(v13, v29); const KEY v92 = LEAST(v89, v90);
        const KEY v93 = MOST(v89, v90); const KEY v94 = LEAST(v86, v88);
        const KEY v95 = MOST(v86, v88); const KEY v96 = LEAST(v87, v92);
        const KEY v97 = MOST(v87, v92); const KEY v98 = LEAST(v85, v93);
        const KEY v99 = MOST(v85, v93); const KEY v100 = LEAST(v3, v19);
        const KEY v101 = MOST(v3, v19); const KEY v102 = LEAST(v11, v27);
        const KEY v103 = MOST(v11, v27); const KEY v104 = LEAST(v101, v102);
        const KEY v105 = MOST(v101, v102); const KEY v106 = LEAST(v7, v23);
        const KEY v107 = MOST(v7, v23); const KEY v108 = LEAST(v15, v31);
        const KEY v109 = MOST(v15, v31); const KEY v110 = LEAST(v107, v108);
        const KEY v111 = MOST(v107, v108); const KEY v112 = LEAST(v104, v106);
        const KEY v113 = MOST(v104, v106); const KEY v114 = LEAST(v105, v110);
        const KEY v115 = MOST(v105, v110); const KEY v116 = LEAST(v103, v111);
        const KEY v117 = MOST(v103, v111); const KEY v118 = LEAST(v94, v100);
        const KEY v119 = MOST(v94, v100); const KEY v120 = LEAST(v95, v112);
        const KEY v121 = MOST(v95, v112); const KEY v122 = LEAST(v96, v113);
        const KEY v123 = MOST(v96, v113); const KEY v124 = LEAST(v97, v114);
        const KEY v125 = MOST(v97, v114); const KEY v126 = LEAST(v98, v115);
        const KEY v127 = MOST(v98, v115); const KEY v128 = LEAST(v99, v116);
        const KEY v129 = MOST(v99, v116); const KEY v130 = LEAST(v91, v117);
        const KEY v131 = MOST(v91, v117); const KEY v132 = LEAST(v68, v82);
        const KEY v133 = MOST(v68, v82); const KEY v134 = LEAST(v69, v118);
        const KEY v135 = MOST(v69, v118); const KEY v136 = LEAST(v70, v119);
        const KEY v137 = MOST(v70, v119); const KEY v138 = LEAST(v71, v120);
        const KEY v139 = MOST(v71, v120); const KEY v140 = LEAST(v72, v121);
        const KEY v141 = MOST(v72, v121); const KEY v142 = LEAST(v73, v122);
        const KEY v143 = MOST(v73, v122); const KEY v144 = LEAST(v74, v123);
        const KEY v145 = MOST(v74, v123); const KEY v146 = LEAST(v75, v124);
        const KEY v147 = MOST(v75, v124); const KEY v148 = LEAST(v76, v125);
        const KEY v149 = MOST(v76, v125); const KEY v150 = LEAST(v77, v126);
        const KEY v151 = MOST(v77, v126); const KEY v152 = LEAST(v78, v127);
        const KEY v153 = MOST(v78, v127); const KEY v154 = LEAST(v79, v128);
        const KEY v155 = MOST(v79, v128); const KEY v156 = LEAST(v80, v129);
        const KEY v157 = MOST(v80, v129); const KEY v158 = LEAST(v81, v130);
        const KEY v159 = MOST(v81, v130); const KEY v160 = LEAST(v59, v131);
        const KEY v161 = MOST(v59, v131); out[0 * STAGE_STRIDE + x] = v32;
        out[1 * STAGE_STRIDE + x] = v132; out[2 * STAGE_STRIDE + x] = v133;
        out[3 * STAGE_STRIDE + x] = v134; out[4 * STAGE_STRIDE + x] = v135;
        out[5 * STAGE_STRIDE + x] = v136; out[6 * STAGE_STRIDE + x] = v137;
        out[7 * STAGE_STRIDE + x] = v138; out[8 * STAGE_STRIDE + x] = v139;
        out[9 * STAGE_STRIDE + x] = v140; out[10 * STAGE_STRIDE + x] = v141;
        out[11 * STAGE_STRIDE + x] = v142; out[12 * STAGE_STRIDE + x] = v143;
        out[13 * STAGE_STRIDE + x] = v144; out[14 * STAGE_STRIDE + x] = v145;
        out[15 * STAGE_STRIDE + x] = v146; out[16 * STAGE_STRIDE + x] = v147;
        out[17 * STAGE_STRIDE + x] = v148; out[18 * STAGE_STRIDE + x] = v149;
        out[19 * STAGE_STRIDE + x] = v150; out[20 * STAGE_STRIDE + x] = v151;
        out[21 * STAGE_STRIDE + x] = v152; out[22 * STAGE_STRIDE + x] = v153;
        out[23 * STAGE_STRIDE + x] = v154; out[24 * STAGE_STRIDE + x] = v155;
        out[25 * STAGE_STRIDE + x] = v156; out[26 * STAGE_STRIDE + x] = v157;
        out[27 * STAGE_STRIDE + x] = v158; out[28 * STAGE_STRIDE + x] = v159;
        out[29 * STAGE_STRIDE + x] = v160; out[30 * STAGE_STRIDE + x] = v161;
        out[31 * STAGE_STRIDE + x] = v109;
    }
}

MIP_TARGET static void MIP_TYPED(median9_of_8)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0];
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0];
        const KEY v12 = in[12 * STAGE_STRIDE + x + 0];
        const KEY v13 = in[13 * STAGE_STRIDE + x + 0];
        const KEY v14 = in[14 * STAGE_STRIDE + x + 0];
        const KEY v15 = in[15 * STAGE_STRIDE + x + 0];
        const KEY v16 = in[16 * STAGE_STRIDE + x + 0];
        const KEY v17 = in[17 * STAGE_STRIDE + x + 0];
        const KEY v18 = in[18 * STAGE_STRIDE + x + 0];
        const KEY v19 = in[19 * STAGE_STRIDE + x + 0];
        const KEY v20 = in[20 * STAGE_STRIDE + x + 0];
        const KEY v21 = in[21 * STAGE_STRIDE + x + 0];
        const KEY v22 = in[22 * STAGE_STRIDE + x + 0];
        const KEY v23 = in[23 * STAGE_STRIDE + x + 0];
        const KEY v24 = in[24 * STAGE_STRIDE + x + 0];
        const KEY v25 = in[25 * STAGE_STRIDE + x + 0];
        const KEY v26 = in[26 * STAGE_STRIDE + x + 0];
        const KEY v27 = in[27 * STAGE_STRIDE + x + 0];
        const KEY v28 = in[28 * STAGE_STRIDE + x + 0];
        const KEY v29 = in[29 * STAGE_STRIDE + x + 0];
        const KEY v30 = in[30 * STAGE_STRIDE + x + 0];
        const KEY v31 = in[31 * STAGE_STRIDE + x + 0]; const KEY v32 = in[0 * STAGE_STRIDE + x + 4];
        const KEY v33 = in[1 * STAGE_STRIDE + x + 4]; const KEY v34 = in[2 * STAGE_STRIDE + x + 4];
        const KEY v35 = in[3 * STAGE_STRIDE + x + 4]; const KEY v36 = in[4 * STAGE_STRIDE + x + 4];
        const KEY v37 = in[5 * STAGE_STRIDE + x + 4]; const KEY v38 = in[6 * STAGE_STRIDE + x + 4];
        const KEY v39 = in[7 * STAGE_STRIDE + x + 4]; const KEY v40 = in[8 * STAGE_STRIDE + x + 4];
        const KEY v41 = in[9 * STAGE_STRIDE + x + 4]; const KEY v42 = in[10 * STAGE_STRIDE + x + 4];
        const KEY v43 = in[11 * STAGE_STRIDE + x + 4];
        const KEY v44 = in[12 * STAGE_STRIDE + x + 4];
        const KEY v45 = in[13 * STAGE_STRIDE + x + 4];
        const KEY v46 = in[14 * STAGE_STRIDE + x + 4];
        const KEY v47 = in[15 * STAGE_STRIDE + x + 4];
        const KEY v48 = in[16 * STAGE_STRIDE + x + 4];
        const KEY v49 = in[17 * STAGE_STRIDE + x + 4];
        const KEY v50 = in[18 * STAGE_STRIDE + x + 4];
        const KEY v51 = in[19 * STAGE_STRIDE + x + 4];
        const KEY v52 = in[20 * STAGE_STRIDE + x + 4];
        const KEY v53 = in[21 * STAGE_STRIDE + x + 4];
        const KEY v54 = in[22 * STAGE_STRIDE + x + 4];
        const KEY v55 = in[23 * STAGE_STRIDE + x + 4];
        const KEY v56 = in[24 * STAGE_STRIDE + x + 4];
        const KEY v57 = in[25 * STAGE_STRIDE + x + 4];
        const KEY v58 = in[26 * STAGE_STRIDE + x + 4];
        const KEY v59 = in[27 * STAGE_STRIDE + x + 4];
        const KEY v60 = in[28 * STAGE_STRIDE + x + 4];
        const KEY v61 = in[29 * STAGE_STRIDE + x + 4];
        const KEY v62 = in[30 * STAGE_STRIDE + x + 4];
        const KEY v63 = in[31 * STAGE_STRIDE + x + 4]; const KEY v65 = MOST(v0, v32);
        const KEY v66 = LEAST(v16, v48); const KEY v67 = MOST(v16, v48);
        const KEY v69 = MOST(v65, v66); const KEY v71 = MOST(v8, v40);
        const KEY v72 = LEAST(v24, v56); const KEY v74 = LEAST(v71, v72);
        const KEY v75 = MOST(v71, v72); const KEY v78 = LEAST(v69, v74);
        const KEY v79 = MOST(v69, v74); const KEY v80 = LEAST(v67, v75);
        const KEY v83 = MOST(v4, v36); const KEY v84 = LEAST(v20, v52);
        const KEY v86 = LEAST(v83, v84); const KEY v87 = MOST(v83, v84);
        const KEY v88 = LEAST(v12, v44); const KEY v89 = MOST(v12, v44);
        const KEY v90 = LEAST(v28, v60); const KEY v92 = LEAST(v89, v90);
        const KEY v95 = MOST(v86, v88); const KEY v96 = LEAST(v87, v92);
        const KEY v97 = MOST(v87, v92); const KEY v105 = MOST(v78, v95);
        const KEY v106 = LEAST(v79, v96); const KEY v107 = MOST(v79, v96);
        const KEY v108 = LEAST(v80, v97); const KEY v109 = MOST(v80, v97);
        const KEY v115 = MOST(v2, v34); const KEY v116 = LEAST(v18, v50);
        const KEY v117 = MOST(v18, v50); const KEY v119 = MOST(v115, v116);
        const KEY v121 = MOST(v10, v42); const KEY v122 = LEAST(v26, v58);
        const KEY v124 = LEAST(v121, v122); const KEY v125 = MOST(v121, v122);
        const KEY v128 = LEAST(v119, v124); const KEY v129 = MOST(v119, v124);
        const KEY v130 = LEAST(v117, v125); const KEY v133 = MOST(v6, v38);
        const KEY v134 = LEAST(v22, v54); const KEY v136 = LEAST(v133, v134);
        const KEY v137 = MOST(v133, v134); const KEY v138 = LEAST(v14, v46);
        const KEY v139 = MOST(v14, v46); const KEY v140 = LEAST(v30, v62);
        const KEY v142 = LEAST(v139, v140); const KEY v145 = MOST(v136, v138);
        const KEY v146 = LEAST(v137, v142); const KEY v147 = MOST(v137, v142);
        const KEY v154 = LEAST(v128, v145); const KEY v155 = MOST(v128, v145);
        const KEY v156 = LEAST(v129, v146); const KEY v157 = MOST(v129, v146);
        const KEY v158 = LEAST(v130, v147); const KEY v175 = MOST(v105, v154);
        const KEY v176 = LEAST(v106, v155); const KEY v177 = MOST(v106, v155);
        const KEY v178 = LEAST(v107, v156); const KEY v179 = MOST(v107, v156);
        const KEY v180 = LEAST(v108, v157); const KEY v181 = MOST(v108, v157);
        const KEY v182 = LEAST(v109, v158); const KEY v183 = MOST(v109, v158);
        const KEY v195 = MOST(v1, v33); const KEY v196 = LEAST(v17, v49);
        const KEY v197 = MOST(v17, v49); const KEY v199 = MOST(v195, v196);
        const KEY v201 = MOST(v9, v41); const KEY v202 = LEAST(v25, v57);
        const KEY v204 = LEAST(v201, v202); const KEY v205 = MOST(v201, v202);
        const KEY v208 = LEAST(v199, v204); const KEY v209 = MOST(v199, v204);
        const KEY v210 = LEAST(v197, v205); const KEY v213 = MOST(v5, v37);
        const KEY v214 = LEAST(v21, v53); const KEY v216 = LEAST(v213, v214);
        const KEY v217 = MOST(v213, v214); const KEY v218 = LEAST(v13, v45);
        const KEY v219 = MOST(v13, v45); const KEY v220 = LEAST(v29, v61);
        const KEY v222 = LEAST(v219, v220); const KEY v225 = MOST(v216, v218);
        const KEY v226 = LEAST(v217, v222); const KEY v227 = MOST(v217, v222);
        const KEY v235 = MOST(v208, v225); const KEY v236 = LEAST(v209, v226);
        const KEY v237 = MOST(v209, v226); const KEY v238 = LEAST(v210, v227);
        const KEY v239 = MOST(v210, v227); const KEY v245 = MOST(v3, v35);
        const KEY v246 = LEAST(v19, v51); const KEY v247 = MOST(v19, v51);
        const KEY v249 = MOST(v245, v246); const KEY v251 = MOST(v11, v43);
        const KEY v252 = LEAST(v27, v59); const KEY v254 = LEAST(v251, v252);
        const KEY v255 = MOST(v251, v252); const KEY v258 = LEAST(v249, v254);
        const KEY v259 = MOST(v249, v254); const KEY v260 = LEAST(v247, v255);
        const KEY v263 = MOST(v7, v39); const KEY v264 = LEAST(v23, v55);
        const KEY v266 = LEAST(v263, v264); const KEY v267 = MOST(v263, v264);
        const KEY v268 = LEAST(v15, v47); const KEY v269 = MOST(v15, v47);
        const KEY v270 = LEAST(v31, v63); const KEY v272 = LEAST(v269, v270);
        const KEY v275 = MOST(v266, v268); const KEY v276 = LEAST(v267, v272);
        const KEY v277 = MOST(v267, v272); const KEY v284 = LEAST(v258, v275);
        const KEY v285 = MOST(v258, v275); const KEY v286 = LEAST(v259, v276);
        const KEY v287 = MOST(v259, v276); const KEY v288 = LEAST(v260, v277);
        const KEY v304 = LEAST(v235, v284); const KEY v305 = MOST(v235, v284);
        const KEY v306 = LEAST(v236, v285); const KEY v307 = MOST(v236, v285);
        const KEY v308 = LEAST(v237, v286); const KEY v309 = MOST(v237, v286);
        const KEY v310 = LEAST(v238, v287); const KEY v311 = MOST(v238, v287);
        const KEY v312 = LEAST(v239, v288); const KEY v346 = LEAST(v175, v304);
        const KEY v347 = MOST(v175, v304); const KEY v348 = LEAST(v176, v305);
        const KEY v349 = MOST(v176, v305); const KEY v350 = LEAST(v177, v306);
        const KEY v351 = MOST(v177, v306); const KEY v352 = LEAST(v178, v307);
        const KEY v353 = MOST(v178, v307); const KEY v354 = LEAST(v179, v308);
        const KEY v355 = MOST(v179, v308); const KEY v356 = LEAST(v180, v309);
        const KEY v357 = MOST(v180, v309); const KEY v358 = LEAST(v181, v310);
        const KEY v359 = MOST(v181, v310); const KEY v360 = LEAST(v182, v311);
        const KEY v361 = MOST(v182, v311); const KEY v362 = LEAST(v183, v312);
        const KEY v363 = MOST(v183, v312); out[0 * STAGE_STRIDE + x] = v346;
        out[1 * STAGE_STRIDE + x] = v347; out[2 * STAGE_STRIDE + x] = v348;
        out[3 * STAGE_STRIDE + x] = v349; out[4 * STAGE_STRIDE + x] = v350;
        out[5 * STAGE_STRIDE + x] = v351; out[6 * STAGE_STRIDE + x] = v352;
        out[7 * STAGE_STRIDE + x] = v353; out[8 * STAGE_STRIDE + x] = v354;
        out[9 * STAGE_STRIDE + x] = v355; out[10 * STAGE_STRIDE + x] = v356;
        out[11 * STAGE_STRIDE + x] = v357; out[12 * STAGE_STRIDE + x] = v358;
        out[13 * STAGE_STRIDE + x] = v359; out[14 * STAGE_STRIDE + x] = v360;
        out[15 * STAGE_STRIDE + x] = v361; out[16 * STAGE_STRIDE + x] = v362;
        out[17 * STAGE_STRIDE + x] = v363;
    }
}

MIP_TARGET static void MIP_TYPED(median9_last)(const KEY *restrict l8, const KEY *restrict l1, const
    KEY *restrict above, const KEY *restrict below, KEY *restrict out0, KEY *restrict out1,
    ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l1[0 * STAGE_STRIDE + x + 8]; const KEY v1 = l1[1 * STAGE_STRIDE + x + 8];
        const KEY v2 = l1[2 * STAGE_STRIDE + x + 8]; const KEY v3 = l1[3 * STAGE_STRIDE + x + 8];
        const KEY v4 = l1[4 * STAGE_STRIDE + x + 8]; const KEY v5 = l1[5 * STAGE_STRIDE + x + 8];
        const KEY v6 = l1[6 * STAGE_STRIDE + x + 8]; const KEY v7 = l1[7 * STAGE_STRIDE + x + 8];
        const KEY v8 = l8[0 * STAGE_STRIDE + x + 0]; const KEY v9 = l8[1 * STAGE_STRIDE + x + 0];
        const KEY v10 = l8[2 * STAGE_STRIDE + x + 0]; const KEY v11 = l8[3 * STAGE_STRIDE + x + 0];
        const KEY v12 = l8[4 * STAGE_STRIDE + x + 0]; const KEY v13 = l8[5 * STAGE_STRIDE + x + 0];
        const KEY v14 = l8[6 * STAGE_STRIDE + x + 0]; const KEY v15 = l8[7 * STAGE_STRIDE + x + 0];
        const KEY v16 = l8[8 * STAGE_STRIDE + x + 0]; const KEY v17 = l8[9 * STAGE_STRIDE + x + 0];
        const KEY v18 = l8[10 * STAGE_STRIDE + x + 0];
        const KEY v19 = l8[11 * STAGE_STRIDE + x + 0];
        const KEY v20 = l8[12 * STAGE_STRIDE + x + 0];
        const KEY v21 = l8[13 * STAGE_STRIDE + x + 0];
        const KEY v22 = l8[14 * STAGE_STRIDE + x + 0];
        const KEY v23 = l8[15 * STAGE_STRIDE + x + 0];
        const KEY v24 = l8[16 * STAGE_STRIDE + x + 0];
        const KEY v25 = l8[17 * STAGE_STRIDE + x + 0]; const KEY v26 = LEAST(v0, v17);
        const KEY v27 = MOST(v0, v17); const KEY v29 = MOST(v26, v9);
        const KEY v30 = LEAST(v27, v25); const KEY v32 = LEAST(v4, v21);
        const KEY v34 = LEAST(v32, v13); const KEY v35 = MOST(v32, v13);
        const KEY v37 = MOST(v29, v34); const KEY v38 = LEAST(v30, v35);
        const KEY v39 = MOST(v30, v35); const KEY v42 = LEAST(v2, v19);
        const KEY v43 = MOST(v2, v19); const KEY v45 = MOST(v42, v11);
        const KEY v46 = LEAST(v6, v23); const KEY v48 = LEAST(v46, v15);
        const KEY v49 = MOST(v46, v15); const KEY v50 = LEAST(v45, v48);
        const KEY v51 = MOST(v45, v48); const KEY v52 = LEAST(v43, v49);
        const KEY v57 = MOST(v37, v50); const KEY v58 = LEAST(v38, v51);
        const KEY v59 = MOST(v38, v51); const KEY v60 = LEAST(v39, v52);
        const KEY v61 = MOST(v39, v52); const KEY v66 = LEAST(v1, v18);
        const KEY v67 = MOST(v1, v18); const KEY v69 = MOST(v66, v10);
        const KEY v70 = LEAST(v5, v22); const KEY v72 = LEAST(v70, v14);
        const KEY v73 = MOST(v70, v14); const KEY v75 = MOST(v69, v72);
        const KEY v76 = LEAST(v67, v73); const KEY v77 = MOST(v67, v73);
        const KEY v78 = LEAST(v3, v20); const KEY v79 = MOST(v3, v20);
        const KEY v81 = MOST(v78, v12); const KEY v82 = LEAST(v7, v24);
        const KEY v85 = MOST(v82, v8); const KEY v86 = LEAST(v85, v16);
        const KEY v87 = MOST(v85, v16); const KEY v90 = LEAST(v81, v86);
        const KEY v91 = MOST(v81, v86); const KEY v92 = LEAST(v79, v87);
        const KEY v98 = LEAST(v75, v90); const KEY v99 = MOST(v75, v90);
        const KEY v100 = LEAST(v76, v91); const KEY v101 = MOST(v76, v91);
        const KEY v102 = LEAST(v77, v92); const KEY v114 = LEAST(v57, v98);
        const KEY v115 = MOST(v57, v98); const KEY v116 = LEAST(v58, v99);
        const KEY v117 = MOST(v58, v99); const KEY v118 = LEAST(v59, v100);
        const KEY v119 = MOST(v59, v100); const KEY v120 = LEAST(v60, v101);
        const KEY v121 = MOST(v60, v101); const KEY v122 = LEAST(v61, v102);
        const KEY v123 = MOST(v61, v102); const KEY v132 = above[x + 0];
        const KEY v133 = above[x + 1]; const KEY v134 = above[x + 2]; const KEY v135 = above[x + 3];
        const KEY v136 = above[x + 4]; const KEY v137 = above[x + 5]; const KEY v138 = above[x + 6];
        const KEY v139 = above[x + 7]; const KEY v140 = above[x + 8];
        const KEY v141 = LEAST(v132, v133); const KEY v142 = MOST(v132, v133);
        const KEY v143 = LEAST(v134, v135); const KEY v144 = MOST(v134, v135);
        const KEY v145 = LEAST(v141, v143); const KEY v146 = MOST(v141, v143);
        const KEY v147 = LEAST(v142, v144); const KEY v148 = MOST(v142, v144);
        const KEY v149 = LEAST(v146, v147); const KEY v150 = MOST(v146, v147);
        const KEY v151 = LEAST(v136, v137); const KEY v152 = MOST(v136, v137);
        const KEY v153 = LEAST(v139, v140); const KEY v154 = MOST(v139, v140);
        const KEY v155 = LEAST(v138, v153); const KEY v156 = MOST(v138, v153);
        const KEY v157 = LEAST(v156, v154); const KEY v158 = MOST(v156, v154);
        const KEY v159 = LEAST(v151, v155); const KEY v160 = MOST(v151, v155);
        const KEY v161 = LEAST(v160, v158); const KEY v162 = MOST(v160, v158);
        const KEY v163 = LEAST(v152, v157); const KEY v164 = MOST(v152, v157);
        const KEY v165 = LEAST(v161, v163); const KEY v166 = MOST(v161, v163);
        const KEY v167 = LEAST(v162, v164); const KEY v168 = MOST(v162, v164);
        const KEY v169 = LEAST(v145, v159); const KEY v170 = MOST(v145, v159);
        const KEY v171 = LEAST(v170, v168); const KEY v172 = MOST(v170, v168);
        const KEY v173 = LEAST(v150, v166); const KEY v174 = MOST(v150, v166);
        const KEY v175 = LEAST(v171, v173); const KEY v176 = MOST(v171, v173);
        const KEY v177 = LEAST(v172, v174); const KEY v178 = MOST(v172, v174);
        const KEY v179 = LEAST(v149, v165); const KEY v180 = MOST(v149, v165);
        const KEY v181 = LEAST(v148, v167); const KEY v182 = MOST(v148, v167);
        const KEY v183 = LEAST(v180, v181); const KEY v184 = MOST(v180, v181);
        const KEY v185 = LEAST(v175, v179); const KEY v186 = MOST(v175, v179);
        const KEY v187 = LEAST(v176, v183); const KEY v188 = MOST(v176, v183);
        const KEY v189 = LEAST(v177, v184); const KEY v190 = MOST(v177, v184);
        const KEY v191 = LEAST(v178, v182); const KEY v192 = MOST(v178, v182);
        const KEY v193 = MOST(v192, v114); const KEY v194 = MOST(v191, v115);
        const KEY v195 = MOST(v190, v116); const KEY v196 = MOST(v189, v117);
        const KEY v197 = MOST(v188, v118); const KEY v198 = MOST(v187, v119);
        const KEY v199 = MOST(v186, v120); const KEY v200 = MOST(v185, v121);
        const KEY v201 = MOST(v169, v122); const KEY v202 = LEAST(v193, v194);
        const KEY v203 = LEAST(v202, v195); const KEY v204 = LEAST(v203, v196);
        const KEY v205 = LEAST(v204, v197); const KEY v206 = LEAST(v205, v198);
        const KEY v207 = LEAST(v206, v199); const KEY v208 = LEAST(v207, v200);
        const KEY v209 = LEAST(v208, v201); const KEY v210 = LEAST(v209, v123);
        const KEY v211 = below[x + 0]; const KEY v212 = below[x + 1]; const KEY v213 = below[x + 2];
        const KEY v214 = below[x + 3]; const KEY v215 = below[x + 4]; const KEY v216 = below[x + 5];
        const KEY v217 = below[x + 6]; const KEY v218 = below[x + 7]; const KEY v219 = below[x + 8];
        const KEY v220 = LEAST(v211, v212); const KEY v221 = MOST(v211, v212);
        const KEY v222 = LEAST(v213, v214); const KEY v223 = MOST(v213, v214);
        const KEY v224 = LEAST(v220, v222); const KEY v225 = MOST(v220, v222);
        const KEY v226 = LEAST(v221, v223); const KEY v227 = MOST(v221, v223);
        const KEY v228 = LEAST(v225, v226); const KEY v229 = MOST(v225, v226);
        const KEY v230 = LEAST(v215, v216); const KEY v231 = MOST(v215, v216);
        const KEY v232 = LEAST(v218, v219); const KEY v233 = MOST(v218, v219);
        const KEY v234 = LEAST(v217, v232); const KEY v235 = MOST(v217, v232);
        const KEY v236 = LEAST(v235, v233); const KEY v237 = MOST(v235, v233);
        const KEY v238 = LEAST(v230, v234); const KEY v239 = MOST(v230, v234);
        const KEY v240 = LEAST(v239, v237); const KEY v241 = MOST(v239, v237);
        const KEY v242 = LEAST(v231, v236); const KEY v243 = MOST(v231, v236);
        const KEY v244 = LEAST(v240, v242); const KEY v245 = MOST(v240, v242);
        const KEY v246 = LEAST(v241, v243); const KEY v247 = MOST(v241, v243);
        const KEY v248 = LEAST(v224, v238); const KEY v249 = MOST(v224, v238);
        const KEY v250 = LEAST(v249, v247); const KEY v251 = MOST(v249, v247);
        const KEY v252 = LEAST(v229, v245); const KEY v253 = MOST(v229, v245);
        const KEY v254 = LEAST(v250, v252); const KEY v255 = MOST(v250, v252);
        const KEY v256 = LEAST(v251, v253); const KEY v257 = MOST(v251, v253);
        const KEY v258 = LEAST(v228, v244); const KEY v259 = MOST(v228, v244);
        const KEY v260 = LEAST(v227, v246); const KEY v261 = MOST(v227, v246);
        const KEY v262 = LEAST(v259, v260); const KEY v263 = MOST(v259, v260);
        const KEY v264 = LEAST(v254, v258); const KEY v265 = MOST(v254, v258);
        const KEY v266 = LEAST(v255, v262); const KEY v267 = MOST(v255, v262);
        const KEY v268 = LEAST(v256, v263); const KEY v269 = MOST(v256, v263);
        const KEY v270 = LEAST(v257, v261); const KEY v271 = MOST(v257, v261);
        const KEY v272 = MOST(v271, v114); const KEY v273 = MOST(v270, v115);
        const KEY v274 = MOST(v269, v116); const KEY v275 = MOST(v268, v117);
        const KEY v276 = MOST(v267, v118); const KEY v277 = MOST(v266, v119);
        const KEY v278 = MOST(v265, v120); const KEY v279 = MOST(v264, v121);
        const KEY v280 = MOST(v248, v122); const KEY v281 = LEAST(v272, v273);
        const KEY v282 = LEAST(v281, v274); const KEY v283 = LEAST(v282, v275);
        const KEY v284 = LEAST(v283, v276); const KEY v285 = LEAST(v284, v277);
        const KEY v286 = LEAST(v285, v278); const KEY v287 = LEAST(v286, v279);
        const KEY v288 = LEAST(v287, v280); const KEY v289 = LEAST(v288, v123); out0[x] = v210;
        out1[x] = v289;
    }
}

MIP_TARGET static void MIP_TYPED(median9)(const KEY *const *rows, KEY *out0,
    KEY *out1, ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 8 * STAGE_STRIDE;
    KEY *l4 = stage + 24 * STAGE_STRIDE;
    KEY *l8 = stage + 56 * STAGE_STRIDE;
    KEY *spare = stage + 74 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const int is_whole = WHOLE(n) == n;
        KEY *to0 = is_whole ? out0 + begin : spare;
        KEY *to1 = is_whole ? out1 + begin : spare + STAGE_STRIDE;
        const KEY *at[10];
        for (int i = 0; i < 10; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median9_columns)(at + 1, l1, WHOLE(n + 8));
        MIP_TYPED(median9_of_2)(l1, l2, WHOLE(n + 7));
        MIP_TYPED(median9_of_4)(l2, l4, WHOLE(n + 5));
        MIP_TYPED(median9_of_8)(l4, l8, WHOLE(n + 1));
        MIP_TYPED(median9_last)(l8, l1, at[0], at[9], to0, to1, WHOLE(n + 0));
        if (!is_whole) {
            memcpy(out0 + begin, to0, (size_t)n * sizeof(KEY));
            memcpy(out1 + begin, to1, (size_t)n * sizeof(KEY));
        }
    }
}

MIP_TARGET static void MIP_TYPED(median11_columns)(const KEY *const *rows, KEY *restrict out,
    ptrdiff_t n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    const KEY *restrict r3 = rows[3];
    const KEY *restrict r4 = rows[4];
    const KEY *restrict r5 = rows[5];
    const KEY *restrict r6 = rows[6];
    const KEY *restrict r7 = rows[7];
    const KEY *restrict r8 = rows[8];
    const KEY *restrict r9 = rows[9];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x]; const KEY v7 = r7[x];
        const KEY v8 = r8[x]; const KEY v9 = r9[x]; const KEY v10 = LEAST(v0, v1);
        const KEY v11 = MOST(v0, v1); const KEY v12 = LEAST(v3, v4); const KEY v13 = MOST(v3, v4);
        const KEY v14 = LEAST(v2, v12); const KEY v15 = MOST(v2, v12);
        const KEY v16 = LEAST(v15, v13); const KEY v17 = MOST(v15, v13);
        const KEY v18 = LEAST(v10, v14); const KEY v19 = MOST(v10, v14);
        const KEY v20 = LEAST(v19, v17); const KEY v21 = MOST(v19, v17);
        const KEY v22 = LEAST(v11, v16); const KEY v23 = MOST(v11, v16);
        const KEY v24 = LEAST(v20, v22); const KEY v25 = MOST(v20, v22);
        const KEY v26 = LEAST(v21, v23); const KEY v27 = MOST(v21, v23);
        const KEY v28 = LEAST(v5, v6); const KEY v29 = MOST(v5, v6); const KEY v30 = LEAST(v8, v9);
        const KEY v31 = MOST(v8, v9); const KEY v32 = LEAST(v7, v30); const KEY v33 = MOST(v7, v30);
        const KEY v34 = LEAST(v33, v31); const KEY v35 = MOST(v33, v31);
        const KEY v36 = LEAST(v28, v32); const KEY v37 = MOST(v28, v32);
        const KEY v38 = LEAST(v37, v35); const KEY v39 = MOST(v37, v35);
        const KEY v40 = LEAST(v29, v34); const KEY v41 = MOST(v29, v34);
        const KEY v42 = LEAST(v38, v40); const KEY v43 = MOST(v38, v40);
        const KEY v44 = LEAST(v39, v41); const KEY v45 = MOST(v39, v41);
        const KEY v46 = LEAST(v18, v36); const KEY v47 = MOST(v18, v36);
        const KEY v48 = LEAST(v27, v45); const KEY v49 = MOST(v27, v45);
        const KEY v50 = LEAST(v47, v48); const KEY v51 = MOST(v47, v48);
        const KEY v52 = LEAST(v25, v43); const KEY v53 = MOST(v25, v43);
        const KEY v54 = LEAST(v50, v52); const KEY v55 = MOST(v50, v52);
        const KEY v56 = LEAST(v51, v53); const KEY v57 = MOST(v51, v53);
        const KEY v58 = LEAST(v24, v42); const KEY v59 = MOST(v24, v42);
        const KEY v60 = LEAST(v26, v44); const KEY v61 = MOST(v26, v44);
        const KEY v62 = LEAST(v59, v60); const KEY v63 = MOST(v59, v60);
        const KEY v64 = LEAST(v54, v58); const KEY v65 = MOST(v54, v58);
        const KEY v66 = LEAST(v55, v62); const KEY v67 = MOST(v55, v62);
        const KEY v68 = LEAST(v56, v63); const KEY v69 = MOST(v56, v63);
        const KEY v70 = LEAST(v57, v61); const KEY v71 = MOST(v57, v61);
        out[0 * STAGE_STRIDE + x] = v46; out[1 * STAGE_STRIDE + x] = v64;
        out[2 * STAGE_STRIDE + x] = v65; out[3 * STAGE_STRIDE + x] = v66;
        out[4 * STAGE_STRIDE + x] = v67; out[5 * STAGE_STRIDE + x] = v68;
        out[6 * STAGE_STRIDE + x] = v69; out[7 * STAGE_STRIDE + x] = v70;
        out[8 * STAGE_STRIDE + x] = v71; out[9 * STAGE_STRIDE + x] = v49;
    }
}

MIP_TARGET static void MIP_TYPED(median11_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[0 * STAGE_STRIDE + x + 1]; const KEY v11 = in[1 * STAGE_STRIDE + x + 1];
        const KEY v12 = in[2 * STAGE_STRIDE + x + 1]; const KEY v13 = in[3 * STAGE_STRIDE + x + 1];
        const KEY v14 = in[4 * STAGE_STRIDE + x + 1]; const KEY v15 = in[5 * STAGE_STRIDE + x + 1];
        const KEY v16 = in[6 * STAGE_STRIDE + x + 1]; const KEY v17 = in[7 * STAGE_STRIDE + x + 1];
        const KEY v18 = in[8 * STAGE_STRIDE + x + 1]; const KEY v19 = in[9 * STAGE_STRIDE + x + 1];
        const KEY v20 = LEAST(v0, v10); const KEY v21 = MOST(v0, v10);
        const KEY v22 = LEAST(v8, v18); const KEY v23 = MOST(v8, v18);
        const KEY v24 = LEAST(v21, v22); const KEY v25 = MOST(v21, v22);
        const KEY v26 = LEAST(v4, v14); const KEY v27 = MOST(v4, v14);
        const KEY v28 = LEAST(v24, v26); const KEY v29 = MOST(v24, v26);
        const KEY v30 = LEAST(v25, v27); const KEY v31 = MOST(v25, v27);
        const KEY v32 = LEAST(v2, v12); const KEY v33 = MOST(v2, v12);
        const KEY v34 = LEAST(v6, v16); const KEY v35 = MOST(v6, v16);
        const KEY v36 = LEAST(v33, v34); const KEY v37 = MOST(v33, v34);
        const KEY v38 = LEAST(v28, v32); const KEY v39 = MOST(v28, v32);
        const KEY v40 = LEAST(v29, v36); const KEY v41 = MOST(v29, v36);
        const KEY v42 = LEAST(v30, v37); const KEY v43 = MOST(v30, v37);
        const KEY v44 = LEAST(v31, v35); const KEY v45 = MOST(v31, v35);
        const KEY v46 = LEAST(v1, v11); const KEY v47 = MOST(v1, v11);
        const KEY v48 = LEAST(v9, v19); const KEY v49 = MOST(v9, v19);
        const KEY v50 = LEAST(v47, v48); const KEY v51 = MOST(v47, v48);
        const KEY v52 = LEAST(v5, v15); const KEY v53 = MOST(v5, v15);
        const KEY v54 = LEAST(v50, v52); const KEY v55 = MOST(v50, v52);
        const KEY v56 = LEAST(v51, v53); const KEY v57 = MOST(v51, v53);
        const KEY v58 = LEAST(v3, v13); const KEY v59 = MOST(v3, v13);
        const KEY v60 = LEAST(v7, v17); const KEY v61 = MOST(v7, v17);
        const KEY v62 = LEAST(v59, v60); const KEY v63 = MOST(v59, v60);
        const KEY v64 = LEAST(v54, v58); const KEY v65 = MOST(v54, v58);
        const KEY v66 = LEAST(v55, v62); const KEY v67 = MOST(v55, v62);
        const KEY v68 = LEAST(v56, v63); const KEY v69 = MOST(v56, v63);
        const KEY v70 = LEAST(v57, v61); const KEY v71 = MOST(v57, v61);
        const KEY v72 = LEAST(v38, v46); const KEY v73 = MOST(v38, v46);
        const KEY v74 = LEAST(v39, v64); const KEY v75 = MOST(v39, v64);
        const KEY v76 = LEAST(v40, v65); const KEY v77 = MOST(v40, v65);
        const KEY v78 = LEAST(v41, v66); const KEY v79 = MOST(v41, v66);
        const KEY v80 = LEAST(v42, v67); const KEY v81 = MOST(v42, v67);
        const KEY v82 = LEAST(v43, v68); const KEY v83 = MOST(v43, v68);
        const KEY v84 = LEAST(v44, v69); const KEY v85 = MOST(v44, v69);
        const KEY v86 = LEAST(v45, v70); const KEY v87 = MOST(v45, v70);
        const KEY v88 = LEAST(v23, v71); const KEY v89 = MOST(v23, v71);
        out[0 * STAGE_STRIDE + x] = v20; out[1 * STAGE_STRIDE + x] = v72;
        out[2 * STAGE_STRIDE + x] = v73; out[3 * STAGE_STRIDE + x] = v74;
        out[4 * STAGE_STRIDE + x] = v75; out[5 * STAGE_STRIDE + x] = v76;
        out[6 * STAGE_STRIDE + x] = v77; out[7 * STAGE_STRIDE + x] = v78;
        out[8 * STAGE_STRIDE + x] = v79; out[9 * STAGE_STRIDE + x] = v80;
        out[10 * STAGE_STRIDE + x] = v81; out[11 * STAGE_STRIDE + x] = v82;
        out[12 * STAGE_STRIDE + x] = v83; out[13 * STAGE_STRIDE + x] = v84;
        out[14 * STAGE_STRIDE + x] = v85; out[15 * STAGE_STRIDE + x] = v86;
        out[16 * STAGE_STRIDE + x] = v87; out[17 * STAGE_STRIDE + x] = v88;
        out[18 * STAGE_STRIDE + x] = v89; out[19 * STAGE_STRIDE + x] = v49;
    }
}

MIP_TARGET static void MIP_TYPED(median11_of_4)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0];
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0];
        const KEY v12 = in[12 * STAGE_STRIDE + x + 0];
        const KEY v13 = in[13 * STAGE_STRIDE + x + 0];
        const KEY v14 = in[14 * STAGE_STRIDE + x + 0];
        const KEY v15 = in[15 * STAGE_STRIDE + x + 0];
        const KEY v16 = in[16 * STAGE_STRIDE + x + 0];
        const KEY v17 = in[17 * STAGE_STRIDE + x + 0];
        const KEY v18 = in[18 * STAGE_STRIDE + x + 0];
        const KEY v19 = in[19 * STAGE_STRIDE + x + 0]; const KEY v20 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v21 = in[1 * STAGE_STRIDE + x + 2]; const KEY v22 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[3 * STAGE_STRIDE + x + 2]; const KEY v24 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v25 = in[5 * STAGE_STRIDE + x + 2]; const KEY v26 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v27 = in[7 * STAGE_STRIDE + x + 2]; const KEY v28 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v29 = in[9 * STAGE_STRIDE + x + 2]; const KEY v30 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v31 = in[11 * STAGE_STRIDE + x + 2];
        const KEY v32 = in[12 * STAGE_STRIDE + x + 2];
        const KEY v33 = in[13 * STAGE_STRIDE + x + 2];
        const KEY v34 = in[14 * STAGE_STRIDE + x + 2];
        const KEY v35 = in[15 * STAGE_STRIDE + x + 2];
        const KEY v36 = in[16 * STAGE_STRIDE + x + 2];
        const KEY v37 = in[17 * STAGE_STRIDE + x + 2];
        const KEY v38 = in[18 * STAGE_STRIDE + x + 2];
        const KEY v39 = in[19 * STAGE_STRIDE + x + 2]; const KEY v40 = LEAST(v0, v20);
        const KEY v41 = MOST(v0, v20); const KEY v42 = LEAST(v16, v36);
        const KEY v43 = MOST(v16, v36); const KEY v44 = LEAST(v41, v42);
        const KEY v45 = MOST(v41, v42); const KEY v46 = LEAST(v8, v28);
        const KEY v47 = MOST(v8, v28); const KEY v48 = LEAST(v44, v46);
        const KEY v49 = MOST(v44, v46); const KEY v50 = LEAST(v45, v47);
        const KEY v51 = MOST(v45, v47); const KEY v52 = LEAST(v4, v24);
        const KEY v53 = MOST(v4, v24); const KEY v54 = LEAST(v12, v32);
        const KEY v55 = MOST(v12, v32); const KEY v56 = LEAST(v53, v54);
        const KEY v57 = MOST(v53, v54); const KEY v58 = LEAST(v48, v52);
        const KEY v59 = MOST(v48, v52); const KEY v60 = LEAST(v49, v56);
        const KEY v61 = MOST(v49, v56); const KEY v62 = LEAST(v50, v57);
        const KEY v63 = MOST(v50, v57); const KEY v64 = LEAST(v51, v55);
        const KEY v65 = MOST(v51, v55); const KEY v66 = LEAST(v2, v22);
        const KEY v67 = MOST(v2, v22); const KEY v68 = LEAST(v18, v38);
        const KEY v69 = MOST(v18, v38); const KEY v70 = LEAST(v67, v68);
        const KEY v71 = MOST(v67, v68); const KEY v72 = LEAST(v10, v30);
        const KEY v73 = MOST(v10, v30); const KEY v74 = LEAST(v70, v72);
        const KEY v75 = MOST(v70, v72); const KEY v76 = LEAST(v71, v73);
        const KEY v77 = MOST(v71, v73); const KEY v78 = LEAST(v6, v26);
        const KEY v79 = MOST(v6, v26); const KEY v80 = LEAST(v14, v34);
        const KEY v81 = MOST(v14, v34); const KEY v82 = LEAST(v79, v80);
        const KEY v83 = MOST(v79, v80); const KEY v84 = LEAST(v74, v78);
        const KEY v85 = MOST(v74, v78); const KEY v86 = LEAST(v75, v82);
        const KEY v87 = MOST(v75, v82); const KEY v88 = LEAST(v76, v83);
        const KEY v89 = MOST(v76, v83); const KEY v90 = LEAST(v77, v81);
        const KEY v91 = MOST(v77, v81); const KEY v92 = LEAST(v58, v66);
        const KEY v93 = MOST(v58, v66); const KEY v94 = LEAST(v59, v84);
        const KEY v95 = MOST(v59, v84); const KEY v96 = LEAST(v60, v85);
        const KEY v97 = MOST(v60, v85); const KEY v98 = LEAST(v61, v86);
        const KEY v99 = MOST(v61, v86); const KEY v100 = LEAST(v62, v87);
        const KEY v101 = MOST(v62, v87); const KEY v102 = LEAST(v63, v88);
        const KEY v103 = MOST(v63, v88); const KEY v104 = LEAST(v64, v89);
        const KEY v105 = MOST(v64, v89); const KEY v106 = LEAST(v65, v90);
        const KEY v107 = MOST(v65, v90); const KEY v108 = LEAST(v43, v91);
        const KEY v109 = MOST(v43, v91); const KEY v110 = LEAST(v1, v21);
        const KEY v111 = MOST(v1, v21); const KEY v112 = LEAST(v17, v37);
        const KEY v113 = MOST(v17, v37); const KEY v114 = LEAST(v111, v112);
        const KEY v115 = MOST(v111, v112); const KEY v116 = LEAST(v9, v29);
        const KEY v117 = MOST(v9, v29); const KEY v118 = LEAST(v114, v116);
        const KEY v119 = MOST(v114, v116); const KEY v120 = LEAST(v115, v117);
        const KEY v121 = MOST(v115, v117); const KEY v122 = LEAST(v5, v25);
        const KEY v123 = MOST(v5, v25); const KEY v124 = LEAST(v13, v33);
        const KEY v125 = MOST(v13, v33); const KEY v126 = LEAST(v123, v124);
        const KEY v127 = MOST(v123, v124); const KEY v128 = LEAST(v118, v122);
        const KEY v129 = MOST(v118, v122); const KEY v130 = LEAST(v119, v126);
        const KEY v131 = MOST(v119, v126); const KEY v132 = LEAST(v120, v127);
        const KEY v133 = MOST(v120, v127); const KEY v134 = LEAST(v121, v125);
        const KEY v135 = MOST(v121, v125); const KEY v136 = LEAST(v3, v23);
        const KEY v137 = MOST(v3, v23); const KEY v138 = LEAST(v19, v39);
        const KEY v139 = MOST(v19, v39); const KEY v140 = LEAST(v137, v138);
        const KEY v141 = MOST(v137, v138); const KEY v142 = LEAST(v11, v31);
        const KEY v143 = MOST(v11, v31); const KEY v144 = LEAST(v140, v142);
        const KEY v145 = MOST(v140, v142); const KEY v146 = LEAST(v141, v143);
        const KEY v147 = MOST(v141, v143); const KEY v148 = LEAST(v7, v27);
        const KEY v149 = MOST(v7, v27); const KEY v150 = LEAST(v15, v35);
        const KEY v151 = MOST(v15, v35); const KEY v152 = LEAST(v149, v150);
        const KEY v153 = MOST(v149, v150); const KEY v154 = LEAST(v144, v148);
        const KEY v155 = MOST(v144, v148); const KEY v156 = LEAST(v145, v152);
        const KEY v157 = MOST(v145, v152); const KEY v158 = LEAST(v146, v153);
        const KEY v159 = MOST(v146, v153); const KEY v160 = LEAST(v147, v151);
        const KEY v161 = MOST(v147, v151); const KEY v162 = LEAST(v128, v136);
        const KEY v163 = MOST(v128, v136); const KEY v164 = LEAST(v129, v154);
        const KEY v165 = MOST(v129, v154); const KEY v166 = LEAST(v130, v155);
        const KEY v167 = MOST(v130, v155); const KEY v168 = LEAST(v131, v156);
        const KEY v169 = MOST(v131, v156); const KEY v170 = LEAST(v132, v157);
        const KEY v171 = MOST(v132, v157); const KEY v172 = LEAST(v133, v158);
        const KEY v173 = MOST(v133, v158); const KEY v174 = LEAST(v134, v159);
        const KEY v175 = MOST(v134, v159); const KEY v176 = LEAST(v135, v160);
        const KEY v177 = MOST(v135, v160); const KEY v178 = LEAST(v113, v161);
        const KEY v179 = MOST(v113, v161); const KEY v180 = LEAST(v92, v110);
        const KEY v181 = MOST(v92, v110); const KEY v182 = LEAST(v93, v162);
        const KEY v183 = MOST(v93, v162); const KEY v184 = LEAST(v94, v163);
        const KEY v185 = MOST(v94, v163); const KEY v186 = LEAST(v95, v164);
        const KEY v187 = MOST(v95, v164); const KEY v188 = LEAST(v96, v165);
        const KEY v189 = MOST(v96, v165); const KEY v190 = LEAST(v97, v166);
        const KEY v191 = MOST(v97, v166); const KEY v192 = LEAST(v98, v167);
        const KEY v193 = MOST(v98, v167); const KEY v194 = LEAST(v99, v168);
        const KEY v195 = MOST(v99, v168); const KEY v196 = LEAST(v100, v169);
        const KEY v197 = MOST(v100, v169); const KEY v198 = LEAST(v101, v170);
        const KEY v199 = MOST(v101, v170); const KEY v200 = LEAST(v102, v171);
        const KEY v201 = MOST(v102, v171); const KEY v202 = LEAST(v103, v172);
        const KEY v203 = MOST(v103, v172); const KEY v204 = LEAST(v104, v173);
        const KEY v205 = MOST(v104, v173); const KEY v206 = LEAST(v105, v174);
        const KEY v207 = MOST(v105, v174); const KEY v208 = LEAST(v106, v175);
        const KEY v209 = MOST(v106, v175); const KEY v210 = LEAST(v107, v176);
        const KEY v211 = MOST(v107, v176); const KEY v212 = LEAST(v108, v177);
        const KEY v213 = MOST(v108, v177); const KEY v214 = LEAST(v109, v178);
        const KEY v215 = MOST(v109, v178); const KEY v216 = LEAST(v69, v179);
        const KEY v217 = MOST(v69, v179); out[0 * STAGE_STRIDE + x] = v40;
        out[1 * STAGE_STRIDE + x] = v180; out[2 * STAGE_STRIDE + x] = v181;
        out[3 * STAGE_STRIDE + x] = v182; out[4 * STAGE_STRIDE + x] = v183;
        out[5 * STAGE_STRIDE + x] = v184; out[6 * STAGE_STRIDE + x] = v185;
        out[7 * STAGE_STRIDE + x] = v186; out[8 * STAGE_STRIDE + x] = v187;
        out[9 * STAGE_STRIDE + x] = v188; out[10 * STAGE_STRIDE + x] = v189;
        out[11 * STAGE_STRIDE + x] = v190; out[12 * STAGE_STRIDE + x] = v191;
        out[13 * STAGE_STRIDE + x] = v192; out[14 * STAGE_STRIDE + x] = v193;
        out[15 * STAGE_STRIDE + x] = v194; out[16 * STAGE_STRIDE + x] = v195;
        out[17 * STAGE_STRIDE + x] = v196; out[18 * STAGE_STRIDE + x] = v197;
        out[19 * STAGE_STRIDE + x] = v198; out[20 * STAGE_STRIDE + x] = v199;
        out[21 * STAGE_STRIDE + x] = v200; out[22 * STAGE_STRIDE + x] = v201;
        out[23 * STAGE_STRIDE + x] = v202; out[24 * STAGE_STRIDE + x] = v203;
        out[25 * STAGE_STRIDE + x] = v204; out[26 * STAGE_STRIDE + x] = v205;
        out[27 * STAGE_STRIDE + x] = v206; out[28 * STAGE_STRIDE + x] = v207;
        out[29 * STAGE_STRIDE + x] = v208; out[30 * STAGE_STRIDE + x] = v209;
        out[31 * STAGE_STRIDE + x] = v210; out[32 * STAGE_STRIDE + x] = v211;
        out[33 * STAGE_STRIDE + x] = v212; out[34 * STAGE_STRIDE + x] = v213;
        out[35 * STAGE_STRIDE + x] = v214; out[36 * STAGE_STRIDE + x] = v215;
        out[37 * STAGE_STRIDE + x] = v216; out[38 * STAGE_STRIDE + x] = v217;
        out[39 * STAGE_STRIDE + x] = v139;
    }
}

MIP_TARGET static void MIP_TYPED(median11_of_8)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0];
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0];
        const KEY v12 = in[12 * STAGE_STRIDE + x + 0];
        const KEY v13 = in[13 * STAGE_STRIDE + x + 0];
        const KEY v14 = in[14 * STAGE_STRIDE + x + 0];
        const KEY v15 = in[15 * STAGE_STRIDE + x + 0];
        const KEY v16 = in[16 * STAGE_STRIDE + x + 0];
        const KEY v17 = in[17 * STAGE_STRIDE + x + 0];
        const KEY v18 = in[18 * STAGE_STRIDE + x + 0];
        const KEY v19 = in[19 * STAGE_STRIDE + x + 0];
        const KEY v20 = in[20 * STAGE_STRIDE + x + 0];
        const KEY v21 = in[21 * STAGE_STRIDE + x + 0];
        const KEY v22 = in[22 * STAGE_STRIDE + x + 0];
        const KEY v23 = in[23 * STAGE_STRIDE + x + 0];
        const KEY v24 = in[24 * STAGE_STRIDE + x + 0];
        const KEY v25 = in[25 * STAGE_STRIDE + x + 0];
        const KEY v26 = in[26 * STAGE_STRIDE + x + 0];
        const KEY v27 = in[27 * STAGE_STRIDE + x + 0];
        const KEY v28 = in[28 * STAGE_STRIDE + x + 0];
        const KEY v29 = in[29 * STAGE_STRIDE + x + 0];
        const KEY v30 = in[30 * STAGE_STRIDE + x + 0];
        const KEY v31 = in[31 * STAGE_STRIDE + x + 0];
        const KEY v32 = in[32 * STAGE_STRIDE + x + 0];
        const KEY v33 = in[33 * STAGE_STRIDE + x + 0];
        const KEY v34 = in[34 * STAGE_STRIDE + x + 0];
        const KEY v35 = in[35 * STAGE_STRIDE + x + 0];
        const KEY v36 = in[36 * STAGE_STRIDE + x + 0];
        const KEY v37 = in[37 * STAGE_STRIDE + x + 0];
        const KEY v38 = in[38 * STAGE_STRIDE + x + 0];
        const KEY v39 = in[39 * STAGE_STRIDE + x + 0]; const KEY v40 = in[0 * STAGE_STRIDE + x + 4];
        const KEY v41 = in[1 * STAGE_STRIDE + x + 4]; const KEY v42 = in[2 * STAGE_STRIDE + x + 4];
        const KEY v43 = in[3 * STAGE_STRIDE + x + 4]; const KEY v44 = in[4 * STAGE_STRIDE + x + 4];
        const KEY v45 = in[5 * STAGE_STRIDE + x + 4]; const KEY v46 = in[6 * STAGE_STRIDE + x + 4];
        const KEY v47 = in[7 * STAGE_STRIDE + x + 4]; const KEY v48 = in[8 * STAGE_STRIDE + x + 4];
        const KEY v49 = in[9 * STAGE_STRIDE + x + 4]; const KEY v50 = in[10 * STAGE_STRIDE + x + 4];
        const KEY v51 = in[11 * STAGE_STRIDE + x + 4];
        const KEY v52 = in[12 * STAGE_STRIDE + x + 4];
        const KEY v53 = in[13 * STAGE_STRIDE + x + 4];
        const KEY v54 = in[14 * STAGE_STRIDE + x + 4];
        const KEY v55 = in[15 * STAGE_STRIDE + x + 4];
        const KEY v56 = in[16 * STAGE_STRIDE + x + 4];
        const KEY v57 = in[17 * STAGE_STRIDE + x + 4];
        const KEY v58 = in[18 * STAGE_STRIDE + x + 4];
        const KEY v59 = in[19 * STAGE_STRIDE + x + 4];
        const KEY v60 = in[20 * STAGE_STRIDE + x + 4];
        const KEY v61 = in[21 * STAGE_STRIDE + x + 4];
        const KEY v62 = in[22 * STAGE_STRIDE + x + 4];
        const KEY v63 = in[23 * STAGE_STRIDE + x + 4];
        const KEY v64 = in[24 * STAGE_STRIDE + x + 4];
        const KEY v65 = in[25 * STAGE_STRIDE + x + 4];
        const KEY v66 = in[26 * STAGE_STRIDE + x + 4];
        const KEY v67 = in[27 * STAGE_STRIDE + x + 4];
        const KEY v68 = in[28 * STAGE_STRIDE + x + 4];
        const KEY v69 = in[29 * STAGE_STRIDE + x + 4];
        const KEY v70 = in[30 * STAGE_STRIDE + x + 4];
        const KEY v71 = in[31 * STAGE_STRIDE + x + 4];
        const KEY v72 = in[32 * STAGE_STRIDE + x + 4];
        const KEY v73 = in[33 * STAGE_STRIDE + x + 4];
        const KEY v74 = in[34 * STAGE_STRIDE + x + 4];
        const KEY v75 = in[35 * STAGE_STRIDE + x + 4];
        const KEY v76 = in[36 * STAGE_STRIDE + x + 4];
        const KEY v77 = in[37 * STAGE_STRIDE + x + 4];
        const KEY v78 = in[38 * STAGE_STRIDE + x + 4];
        const KEY v79 = in[39 * STAGE_STRIDE + x + 4]; const KEY v81 = MOST(v0, v40);
        const KEY v82 = LEAST(v32, v72); const KEY v84 = LEAST(v81, v82);
        const KEY v85 = MOST(v81, v82); const KEY v86 = LEAST(v16, v56);
        const KEY v87 = MOST(v16, v56); const KEY v89 = MOST(v84, v86);
        const KEY v90 = LEAST(v85, v87); const KEY v91 = MOST(v85, v87);
        const KEY v93 = MOST(v8, v48); const KEY v94 = LEAST(v24, v64);
        const KEY v95 = MOST(v24, v64); const KEY v96 = LEAST(v93, v94);
        const KEY v97 = MOST(v93, v94); const KEY v100 = LEAST(v89, v96);
        const KEY v101 = MOST(v89, v96); const KEY v102 = LEAST(v90, v97);
        const KEY v103 = MOST(v90, v97); const KEY v104 = LEAST(v91, v95);
        const KEY v105 = MOST(v91, v95); const KEY v107 = MOST(v4, v44);
        const KEY v108 = LEAST(v36, v76); const KEY v110 = LEAST(v107, v108);
        const KEY v111 = MOST(v107, v108); const KEY v112 = LEAST(v20, v60);
        const KEY v113 = MOST(v20, v60); const KEY v114 = LEAST(v110, v112);
        const KEY v115 = MOST(v110, v112); const KEY v116 = LEAST(v111, v113);
        const KEY v117 = MOST(v111, v113); const KEY v118 = LEAST(v12, v52);
        const KEY v119 = MOST(v12, v52); const KEY v120 = LEAST(v28, v68);
        const KEY v121 = MOST(v28, v68); const KEY v122 = LEAST(v119, v120);
        const KEY v123 = MOST(v119, v120); const KEY v125 = MOST(v114, v118);
        const KEY v126 = LEAST(v115, v122); const KEY v127 = MOST(v115, v122);
        const KEY v128 = LEAST(v116, v123); const KEY v129 = MOST(v116, v123);
        const KEY v130 = LEAST(v117, v121); const KEY v136 = LEAST(v100, v125);
        const KEY v137 = MOST(v100, v125); const KEY v138 = LEAST(v101, v126);
        const KEY v139 = MOST(v101, v126); const KEY v140 = LEAST(v102, v127);
        const KEY v141 = MOST(v102, v127); const KEY v142 = LEAST(v103, v128);
        const KEY v143 = MOST(v103, v128); const KEY v144 = LEAST(v104, v129);
        const KEY v145 = MOST(v104, v129); const KEY v146 = LEAST(v105, v130);
        const KEY v151 = MOST(v2, v42); const KEY v152 = LEAST(v34, v74);
        const KEY v154 = LEAST(v151, v152); const KEY v155 = MOST(v151, v152);
        const KEY v156 = LEAST(v18, v58); const KEY v157 = MOST(v18, v58);
        const KEY v158 = LEAST(v154, v156); const KEY v159 = MOST(v154, v156);
        const KEY v160 = LEAST(v155, v157); const KEY v161 = MOST(v155, v157);
        const KEY v162 = LEAST(v10, v50); const KEY v163 = MOST(v10, v50);
        const KEY v164 = LEAST(v26, v66); const KEY v165 = MOST(v26, v66);
        const KEY v166 = LEAST(v163, v164); const KEY v167 = MOST(v163, v164);
        const KEY v169 = MOST(v158, v162); const KEY v170 = LEAST(v159, v166);
        const KEY v171 = MOST(v159, v166); const KEY v172 = LEAST(v160, v167);
        const KEY v173 = MOST(v160, v167); const KEY v174 = LEAST(v161, v165);
        const KEY v177 = MOST(v6, v46); const KEY v178 = LEAST(v38, v78);
        const KEY v180 = LEAST(v177, v178); const KEY v181 = MOST(v177, v178);
        const KEY v182 = LEAST(v22, v62); const KEY v183 = MOST(v22, v62);
        const KEY v184 = LEAST(v180, v182); const KEY v185 = MOST(v180, v182);
        const KEY v186 = LEAST(v181, v183); const KEY v188 = LEAST(v14, v54);
        const KEY v189 = MOST(v14, v54); const KEY v190 = LEAST(v30, v70);
        const KEY v192 = LEAST(v189, v190); const KEY v193 = MOST(v189, v190);
        const KEY v194 = LEAST(v184, v188); const KEY v195 = MOST(v184, v188);
        const KEY v196 = LEAST(v185, v192); const KEY v197 = MOST(v185, v192);
        const KEY v198 = LEAST(v186, v193); const KEY v199 = MOST(v186, v193);
        const KEY v205 = MOST(v169, v194); const KEY v206 = LEAST(v170, v195);
        const KEY v207 = MOST(v170, v195); const KEY v208 = LEAST(v171, v196);
        const KEY v209 = MOST(v171, v196); const KEY v210 = LEAST(v172, v197);
        const KEY v211 = MOST(v172, v197); const KEY v212 = LEAST(v173, v198);
        const KEY v213 = MOST(v173, v198); const KEY v214 = LEAST(v174, v199);
        const KEY v215 = MOST(v174, v199); const KEY v229 = MOST(v136, v205);
        const KEY v230 = LEAST(v137, v206); const KEY v231 = MOST(v137, v206);
        const KEY v232 = LEAST(v138, v207); const KEY v233 = MOST(v138, v207);
        const KEY v234 = LEAST(v139, v208); const KEY v235 = MOST(v139, v208);
        const KEY v236 = LEAST(v140, v209); const KEY v237 = MOST(v140, v209);
        const KEY v238 = LEAST(v141, v210); const KEY v239 = MOST(v141, v210);
        const KEY v240 = LEAST(v142, v211); const KEY v241 = MOST(v142, v211);
        const KEY v242 = LEAST(v143, v212); const KEY v243 = MOST(v143, v212);
        const KEY v244 = LEAST(v144, v213); const KEY v245 = MOST(v144, v213);
        const KEY v246 = LEAST(v145, v214); const KEY v247 = MOST(v145, v214);
        const KEY v248 = LEAST(v146, v215); const KEY v249 = MOST(v146, v215);
        const KEY v259 = MOST(v1, v41); const KEY v260 = LEAST(v33, v73);
        const KEY v262 = LEAST(v259, v260); const KEY v263 = MOST(v259, v260);
        const KEY v264 = LEAST(v17, v57); const KEY v265 = MOST(v17, v57);
        const KEY v267 = MOST(v262, v264); const KEY v268 = LEAST(v263, v265);
        const KEY v269 = MOST(v263, v265); const KEY v271 = MOST(v9, v49);
        const KEY v272 = LEAST(v25, v65); const KEY v273 = MOST(v25, v65);
        const KEY v274 = LEAST(v271, v272); const KEY v275 = MOST(v271, v272);
        const KEY v278 = LEAST(v267, v274); const KEY v279 = MOST(v267, v274);
        const KEY v280 = LEAST(v268, v275); const KEY v281 = MOST(v268, v275);
        const KEY v282 = LEAST(v269, v273); const KEY v283 = MOST(v269, v273);
        const KEY v285 = MOST(v5, v45); const KEY v286 = LEAST(v37, v77);
        const KEY v288 = LEAST(v285, v286); const KEY v289 = MOST(v285, v286);
        const KEY v290 = LEAST(v21, v61); const KEY v291 = MOST(v21, v61);
        const KEY v292 = LEAST(v288, v290); const KEY v293 = MOST(v288, v290);
        const KEY v294 = LEAST(v289, v291); const KEY v295 = MOST(v289, v291);
        const KEY v296 = LEAST(v13, v53); const KEY v297 = MOST(v13, v53);
        const KEY v298 = LEAST(v29, v69); const KEY v299 = MOST(v29, v69);
        const KEY v300 = LEAST(v297, v298); const KEY v301 = MOST(v297, v298);
        const KEY v303 = MOST(v292, v296); const KEY v304 = LEAST(v293, v300);
        const KEY v305 = MOST(v293, v300); const KEY v306 = LEAST(v294, v301);
        const KEY v307 = MOST(v294, v301); const KEY v308 = LEAST(v295, v299);
        const KEY v314 = LEAST(v278, v303); const KEY v315 = MOST(v278, v303);
        const KEY v316 = LEAST(v279, v304); const KEY v317 = MOST(v279, v304);
        const KEY v318 = LEAST(v280, v305); const KEY v319 = MOST(v280, v305);
        const KEY v320 = LEAST(v281, v306); const KEY v321 = MOST(v281, v306);
        const KEY v322 = LEAST(v282, v307); const KEY v323 = MOST(v282, v307);
        const KEY v324 = LEAST(v283, v308); const KEY v329 = MOST(v3, v43);
        const KEY v330 = LEAST(v35, v75); const KEY v332 = LEAST(v329, v330);
        const KEY v333 = MOST(v329, v330); const KEY v334 = LEAST(v19, v59);
        const KEY v335 = MOST(v19, v59); const KEY v336 = LEAST(v332, v334);
        const KEY v337 = MOST(v332, v334); const KEY v338 = LEAST(v333, v335);
        const KEY v339 = MOST(v333, v335); const KEY v340 = LEAST(v11, v51);
        const KEY v341 = MOST(v11, v51); const KEY v342 = LEAST(v27, v67);
        const KEY v343 = MOST(v27, v67); const KEY v344 = LEAST(v341, v342);
        const KEY v345 = MOST(v341, v342); const KEY v347 = MOST(v336, v340);
        const KEY v348 = LEAST(v337, v344); const KEY v349 = MOST(v337, v344);
        const KEY v350 = LEAST(v338, v345); const KEY v351 = MOST(v338, v345);
        const KEY v352 = LEAST(v339, v343); const KEY v355 = MOST(v7, v47);
        const KEY v356 = LEAST(v39, v79); const KEY v358 = LEAST(v355, v356);
        const KEY v359 = MOST(v355, v356); const KEY v360 = LEAST(v23, v63);
        const KEY v361 = MOST(v23, v63); const KEY v362 = LEAST(v358, v360);
        const KEY v363 = MOST(v358, v360); const KEY v364 = LEAST(v359, v361);
        const KEY v366 = LEAST(v15, v55); const KEY v367 = MOST(v15, v55);
        const KEY v368 = LEAST(v31, v71); const KEY v370 = LEAST(v367, v368);
        const KEY v371 = MOST(v367, v368); const KEY v372 = LEAST(v362, v366);
        const KEY v373 = MOST(v362, v366); const KEY v374 = LEAST(v363, v370);
        const KEY v375 = MOST(v363, v370); const KEY v376 = LEAST(v364, v371);
        const KEY v377 = MOST(v364, v371); const KEY v383 = MOST(v347, v372);
        const KEY v384 = LEAST(v348, v373); const KEY v385 = MOST(v348, v373);
        const KEY v386 = LEAST(v349, v374); const KEY v387 = MOST(v349, v374);
        const KEY v388 = LEAST(v350, v375); const KEY v389 = MOST(v350, v375);
        const KEY v390 = LEAST(v351, v376); const KEY v391 = MOST(v351, v376);
        const KEY v392 = LEAST(v352, v377); const KEY v393 = MOST(v352, v377);
        const KEY v406 = LEAST(v314, v383); const KEY v407 = MOST(v314, v383);
        const KEY v408 = LEAST(v315, v384); const KEY v409 = MOST(v315, v384);
        const KEY v410 = LEAST(v316, v385); const KEY v411 = MOST(v316, v385);
        const KEY v412 = LEAST(v317, v386); const KEY v413 = MOST(v317, v386);
        const KEY v414 = LEAST(v318, v387); const KEY v415 = MOST(v318, v387);
        const KEY v416 = LEAST(v319, v388); const KEY v417 = MOST(v319, v388);
        const KEY v418 = LEAST(v320, v389); const KEY v419 = MOST(v320, v389);
        const KEY v420 = LEAST(v321, v390); const KEY v421 = MOST(v321, v390);
        const KEY v422 = LEAST(v322, v391); const KEY v423 = MOST(v322, v391);
        const KEY v424 = LEAST(v323, v392); const KEY v425 = MOST(v323, v392);
        const KEY v426 = LEAST(v324, v393); const KEY v454 = LEAST(v229, v406);
        const KEY v455 = MOST(v229, v406); const KEY v456 = LEAST(v230, v407);
        const KEY v457 = MOST(v230, v407); const KEY v458 = LEAST(v231, v408);
        const KEY v459 = MOST(v231, v408); const KEY v460 = LEAST(v232, v409);
        const KEY v461 = MOST(v232, v409); const KEY v462 = LEAST(v233, v410);
        const KEY v463 = MOST(v233, v410); const KEY v464 = LEAST(v234, v411);
        const KEY v465 = MOST(v234, v411); const KEY v466 = LEAST(v235, v412);
        const KEY v467 = MOST(v235, v412); const KEY v468 = LEAST(v236, v413);
        const KEY v469 = MOST(v236, v413); const KEY v470 = LEAST(v237, v414);
        const KEY v471 = MOST(v237, v414); const KEY v472 = LEAST(v238, v415);
        const KEY v473 = MOST(v238, v415); const KEY v474 = LEAST(v239, v416);
        const KEY v475 = MOST(v239, v416); const KEY v476 = LEAST(v240, v417);
        const KEY v477 = MOST(v240, v417); const KEY v478 = LEAST(v241, v418);
        const KEY v479 = MOST(v241, v418); const KEY v480 = LEAST(v242, v419);
        const KEY v481 = MOST(v242, v419); const KEY v482 = LEAST(v243, v420);
        const KEY v483 = MOST(v243, v420); const KEY v484 = LEAST(v244, v421);
        const KEY v485 = MOST(v244, v421); const KEY v486 = LEAST(v245, v422);
        const KEY v487 = MOST(v245, v422); const KEY v488 = LEAST(v246, v423);
        const KEY v489 = MOST(v246, v423); const KEY v490 = LEAST(v247, v424);
        const KEY v491 = MOST(v247, v424); const KEY v492 = LEAST(v248, v425);
        const KEY v493 = MOST(v248, v425); const KEY v494 = LEAST(v249, v426);
        const KEY v495 = MOST(v249, v426); out[0 * STAGE_STRIDE + x] = v454;
        out[1 * STAGE_STRIDE + x] = v455; out[2 * STAGE_STRIDE + x] = v456;
        out[3 * STAGE_STRIDE + x] = v457; out[4 * STAGE_STRIDE + x] = v458;
        out[5 * STAGE_STRIDE + x] = v459; out[6 * STAGE_STRIDE + x] = v460;
        out[7 * STAGE_STRIDE + x] = v461; out[8 * STAGE_STRIDE + x] = v462;
        out[9 * STAGE_STRIDE + x] = v463; out[10 * STAGE_STRIDE + x] = v464;
        out[11 * STAGE_STRIDE + x] = v465; out[12 * STAGE_STRIDE + x] = v466;
        out[13 * STAGE_STRIDE + x] = v467; out[14 * STAGE_STRIDE + x] = v468;
        out[15 * STAGE_STRIDE + x] = v469; out[16 * STAGE_STRIDE + x] = v470;
        out[17 * STAGE_STRIDE + x] = v471; out[18 * STAGE_STRIDE + x] = v472;
        out[19 * STAGE_STRIDE + x] = v473; out[20 * STAGE_STRIDE + x] = v474;
        out[21 * STAGE_STRIDE + x] = v475; out[22 * STAGE_STRIDE + x] = v476;
        out[23 * STAGE_STRIDE + x] = v477; out[24 * STAGE_STRIDE + x] = v478;
        out[25 * STAGE_STRIDE + x] = v479; out[26 * STAGE_STRIDE + x] = v480;
        out[27 * STAGE_STRIDE + x] = v481; out[28 * STAGE_STRIDE + x] = v482;
        out[29 * STAGE_STRIDE + x] = v483; out[30 * STAGE_STRIDE + x] = v484;
        out[31 * STAGE_STRIDE + x] = v485; out[32 * STAGE_STRIDE + x] = v486;
        out[33 * STAGE_STRIDE + x] = v487; out[34 * STAGE_STRIDE + x] = v488;
        out[35 * STAGE_STRIDE + x] = v489; out[36 * STAGE_STRIDE + x] = v490;
        out[37 * STAGE_STRIDE + x] = v491; out[38 * STAGE_STRIDE + x] = v492;
        out[39 * STAGE_STRIDE + x] = v493; out[40 * STAGE_STRIDE + x] = v494;
        out[41 * STAGE_STRIDE + x] = v495;
    }
}

MIP_TARGET static void MIP_TYPED(median11_last)(const KEY *restrict l8, const KEY *restrict l2,
    const KEY *restrict l1, const KEY *restrict above, const KEY *restrict below, KEY *restrict
    out0, KEY *restrict out1, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l2[0 * STAGE_STRIDE + x + 8]; const KEY v1 = l2[1 * STAGE_STRIDE + x + 8];
        const KEY v2 = l2[2 * STAGE_STRIDE + x + 8]; const KEY v3 = l2[3 * STAGE_STRIDE + x + 8];
        const KEY v4 = l2[4 * STAGE_STRIDE + x + 8]; const KEY v5 = l2[5 * STAGE_STRIDE + x + 8];
        const KEY v6 = l2[6 * STAGE_STRIDE + x + 8]; const KEY v7 = l2[7 * STAGE_STRIDE + x + 8];
        const KEY v8 = l2[8 * STAGE_STRIDE + x + 8]; const KEY v9 = l2[9 * STAGE_STRIDE + x + 8];
        const KEY v10 = l2[10 * STAGE_STRIDE + x + 8];
        const KEY v11 = l2[11 * STAGE_STRIDE + x + 8];
        const KEY v12 = l2[12 * STAGE_STRIDE + x + 8];
        const KEY v13 = l2[13 * STAGE_STRIDE + x + 8];
        const KEY v14 = l2[14 * STAGE_STRIDE + x + 8];
        const KEY v15 = l2[15 * STAGE_STRIDE + x + 8];
        const KEY v16 = l2[16 * STAGE_STRIDE + x + 8];
        const KEY v17 = l2[17 * STAGE_STRIDE + x + 8];
        const KEY v18 = l2[18 * STAGE_STRIDE + x + 8];
        const KEY v19 = l2[19 * STAGE_STRIDE + x + 8];
        const KEY v20 = l1[0 * STAGE_STRIDE + x + 10];
        const KEY v21 = l1[1 * STAGE_STRIDE + x + 10];
        const KEY v22 = l1[2 * STAGE_STRIDE + x + 10];
        const KEY v23 = l1[3 * STAGE_STRIDE + x + 10];
        const KEY v24 = l1[4 * STAGE_STRIDE + x + 10];
        const KEY v25 = l1[5 * STAGE_STRIDE + x + 10];
        const KEY v26 = l1[6 * STAGE_STRIDE + x + 10];
        const KEY v27 = l1[7 * STAGE_STRIDE + x + 10];
        const KEY v28 = l1[8 * STAGE_STRIDE + x + 10];
        const KEY v29 = l1[9 * STAGE_STRIDE + x + 10]; const KEY v30 = LEAST(v0, v20);
        const KEY v31 = MOST(v0, v20); const KEY v32 = LEAST(v31, v16);
        const KEY v33 = MOST(v31, v16); const KEY v34 = LEAST(v8, v28);
        const KEY v35 = MOST(v8, v28); const KEY v36 = LEAST(v32, v34);
        const KEY v37 = MOST(v32, v34); const KEY v38 = LEAST(v33, v35);
        const KEY v39 = MOST(v33, v35); const KEY v40 = LEAST(v4, v24);
        const KEY v41 = MOST(v4, v24); const KEY v42 = LEAST(v41, v12);
        const KEY v43 = MOST(v41, v12); const KEY v44 = LEAST(v36, v40);
        const KEY v45 = MOST(v36, v40); const KEY v46 = LEAST(v37, v42);
        const KEY v47 = MOST(v37, v42); const KEY v48 = LEAST(v38, v43);
        const KEY v49 = MOST(v38, v43); const KEY v50 = LEAST(v2, v22);
        const KEY v51 = MOST(v2, v22); const KEY v52 = LEAST(v51, v18);
        const KEY v53 = MOST(v51, v18); const KEY v54 = LEAST(v52, v10);
        const KEY v55 = MOST(v52, v10); const KEY v56 = LEAST(v6, v26);
        const KEY v57 = MOST(v6, v26); const KEY v58 = LEAST(v57, v14);
        const KEY v59 = MOST(v57, v14); const KEY v60 = LEAST(v54, v56);
        const KEY v61 = MOST(v54, v56); const KEY v62 = LEAST(v55, v58);
        const KEY v63 = MOST(v55, v58); const KEY v64 = LEAST(v53, v59);
        const KEY v65 = MOST(v53, v59); const KEY v66 = LEAST(v44, v50);
        const KEY v67 = MOST(v44, v50); const KEY v68 = LEAST(v45, v60);
        const KEY v69 = MOST(v45, v60); const KEY v70 = LEAST(v46, v61);
        const KEY v71 = MOST(v46, v61); const KEY v72 = LEAST(v47, v62);
        const KEY v73 = MOST(v47, v62); const KEY v74 = LEAST(v48, v63);
        const KEY v75 = MOST(v48, v63); const KEY v76 = LEAST(v49, v64);
        const KEY v77 = MOST(v49, v64); const KEY v78 = LEAST(v39, v65);
        const KEY v79 = MOST(v39, v65); const KEY v80 = LEAST(v1, v21);
        const KEY v81 = MOST(v1, v21); const KEY v82 = LEAST(v81, v17);
        const KEY v83 = MOST(v81, v17); const KEY v84 = LEAST(v9, v29);
        const KEY v85 = MOST(v9, v29); const KEY v86 = LEAST(v82, v84);
        const KEY v87 = MOST(v82, v84); const KEY v88 = LEAST(v83, v85);
        const KEY v89 = MOST(v83, v85); const KEY v90 = LEAST(v5, v25);
        const KEY v91 = MOST(v5, v25); const KEY v92 = LEAST(v91, v13);
        const KEY v93 = MOST(v91, v13); const KEY v94 = LEAST(v86, v90);
        const KEY v95 = MOST(v86, v90); const KEY v96 = LEAST(v87, v92);
        const KEY v97 = MOST(v87, v92); const KEY v98 = LEAST(v88, v93);
        const KEY v99 = MOST(v88, v93); const KEY v100 = LEAST(v3, v23);
        const KEY v101 = MOST(v3, v23); const KEY v102 = LEAST(v101, v19);
        const KEY v103 = MOST(v101, v19); const KEY v104 = LEAST(v102, v11);
        const KEY v105 = MOST(v102, v11); const KEY v106 = LEAST(v7, v27);
        const KEY v107 = MOST(v7, v27); const KEY v108 = LEAST(v107, v15);
        const KEY v109 = MOST(v107, v15); const KEY v110 = LEAST(v104, v106);
        const KEY v111 = MOST(v104, v106); const KEY v112 = LEAST(v105, v108);
        const KEY v113 = MOST(v105, v108); const KEY v114 = LEAST(v103, v109);
        const KEY v115 = MOST(v103, v109); const KEY v116 = LEAST(v94, v100);
        const KEY v117 = MOST(v94, v100); const KEY v118 = LEAST(v95, v110);
        const KEY v119 = MOST(v95, v110); const KEY v120 = LEAST(v96, v111);
        const KEY v121 = MOST(v96, v111); const KEY v122 = LEAST(v97, v112);
        const KEY v123 = MOST(v97, v112); const KEY v124 = LEAST(v98, v113);
        const KEY v125 = MOST(v98, v113); const KEY v126 = LEAST(v99, v114);
        const KEY v127 = MOST(v99, v114); const KEY v128 = LEAST(v89, v115);
        const KEY v129 = MOST(v89, v115); const KEY v130 = LEAST(v66, v80);
        const KEY v131 = MOST(v66, v80); const KEY v132 = LEAST(v67, v116);
        const KEY v133 = MOST(v67, v116); const KEY v134 = LEAST(v68, v117);
        const KEY v135 = MOST(v68, v117); const KEY v136 = LEAST(v69, v118);
        const KEY v137 = MOST(v69, v118); const KEY v138 = LEAST(v70, v119);
        const KEY v139 = MOST(v70, v119); const KEY v140 = LEAST(v71, v120);
        const KEY v141 = MOST(v71, v120); const KEY v142 = LEAST(v72, v121);
        const KEY v143 = MOST(v72, v121); const KEY v144 = LEAST(v73, v122);
        const KEY v145 = MOST(v73, v122); const KEY v146 = LEAST(v74, v123);
        const KEY v147 = MOST(v74, v123); const KEY v148 = LEAST(v75, v124);
        const KEY v149 = MOST(v75, v124); const KEY v150 = LEAST(v76, v125);
        const KEY v151 = MOST(v76, v125); const KEY v152 = LEAST(v77, v126);
        const KEY v153 = MOST(v77, v126); const KEY v154 = LEAST(v78, v127);
        const KEY v155 = MOST(v78, v127); const KEY v156 = LEAST(v79, v128);
        const KEY v157 = MOST(v79, v128); const KEY v158 = l8[0 * STAGE_STRIDE + x + 0];
        const KEY v159 = l8[1 * STAGE_STRIDE + x + 0];
        const KEY v160 = l8[2 * STAGE_STRIDE + x + 0];
        const KEY v161 = l8[3 * STAGE_STRIDE + x + 0];
        const KEY v162 = l8[4 * STAGE_STRIDE + x + 0];
        const KEY v163 = l8[5 * STAGE_STRIDE + x + 0];
        const KEY v164 = l8[6 * STAGE_STRIDE + x + 0];
        const KEY v165 = l8[7 * STAGE_STRIDE + x + 0];
        const KEY v166 = l8[8 * STAGE_STRIDE + x + 0];
        const KEY v167 = l8[9 * STAGE_STRIDE + x + 0];
        const KEY v168 = l8[10 * STAGE_STRIDE + x + 0];
        const KEY v169 = l8[11 * STAGE_STRIDE + x + 0];
        const KEY v170 = l8[12 * STAGE_STRIDE + x + 0];
        const KEY v171 = l8[13 * STAGE_STRIDE + x + 0];
        const KEY v172 = l8[14 * STAGE_STRIDE + x + 0];
        const KEY v173 = l8[15 * STAGE_STRIDE + x + 0];
        const KEY v174 = l8[16 * STAGE_STRIDE + x + 0];
        const KEY v175 = l8[17 * STAGE_STRIDE + x + 0];
        const KEY v176 = l8[18 * STAGE_STRIDE + x + 0];
        const KEY v177 = l8[19 * STAGE_STRIDE + x + 0];
        const KEY v178 = l8[20 * STAGE_STRIDE + x + 0];
        const KEY v179 = l8[21 * STAGE_STRIDE + x + 0];
        const KEY v180 = l8[22 * STAGE_STRIDE + x + 0];
        const KEY v181 = l8[23 * STAGE_STRIDE + x + 0];
        const KEY v182 = l8[24 * STAGE_STRIDE + x + 0];
        const KEY v183 = l8[25 * STAGE_STRIDE + x + 0];
        const KEY v184 = l8[26 * STAGE_STRIDE + x + 0];
        const KEY v185 = l8[27 * STAGE_STRIDE + x + 0];
        const KEY v186 = l8[28 * STAGE_STRIDE + x + 0];
        const KEY v187 = l8[29 * STAGE_STRIDE + x + 0];
        const KEY v188 = l8[30 * STAGE_STRIDE + x + 0];
        const KEY v189 = l8[31 * STAGE_STRIDE + x + 0];
        const KEY v190 = l8[32 * STAGE_STRIDE + x + 0];
        const KEY v191 = l8[33 * STAGE_STRIDE + x + 0];
        const KEY v192 = l8[34 * STAGE_STRIDE + x + 0];
        const KEY v193 = l8[35 * STAGE_STRIDE + x + 0];
        const KEY v194 = l8[36 * STAGE_STRIDE + x + 0];
        const KEY v195 = l8[37 * STAGE_STRIDE + x + 0];
        const KEY v196 = l8[38 * STAGE_STRIDE + x + 0];
        const KEY v197 = l8[39 * STAGE_STRIDE + x + 0];
        const KEY v198 = l8[40 * STAGE_STRIDE + x + 0];
        const KEY v199 = l8[41 * STAGE_STRIDE + x + 0]; const KEY v201 = MOST(v30, v171);
        const KEY v202 = LEAST(v145, v187); const KEY v205 = MOST(v201, v202);
        const KEY v207 = MOST(v137, v179); const KEY v209 = MOST(v163, v153);
        const KEY v210 = LEAST(v209, v195); const KEY v214 = LEAST(v207, v210);
        const KEY v220 = LEAST(v205, v214); const KEY v221 = MOST(v205, v214);
        const KEY v225 = MOST(v133, v175); const KEY v227 = MOST(v159, v149);
        const KEY v228 = LEAST(v227, v191); const KEY v232 = LEAST(v225, v228);
        const KEY v233 = MOST(v225, v228); const KEY v234 = LEAST(v141, v183);
        const KEY v235 = MOST(v141, v183); const KEY v236 = LEAST(v167, v157);
        const KEY v237 = MOST(v167, v157); const KEY v238 = LEAST(v237, v199);
        const KEY v241 = MOST(v234, v236); const KEY v242 = LEAST(v235, v238);
        const KEY v247 = MOST(v232, v241); const KEY v248 = LEAST(v233, v242);
        const KEY v260 = LEAST(v220, v247); const KEY v261 = MOST(v220, v247);
        const KEY v262 = LEAST(v221, v248); const KEY v271 = MOST(v131, v173);
        const KEY v272 = LEAST(v147, v189); const KEY v274 = LEAST(v271, v272);
        const KEY v275 = MOST(v271, v272); const KEY v276 = LEAST(v139, v181);
        const KEY v277 = MOST(v139, v181); const KEY v278 = LEAST(v165, v155);
        const KEY v279 = MOST(v165, v155); const KEY v280 = LEAST(v279, v197);
        const KEY v283 = MOST(v276, v278); const KEY v284 = LEAST(v277, v280);
        const KEY v289 = MOST(v274, v283); const KEY v290 = LEAST(v275, v284);
        const KEY v295 = MOST(v135, v177); const KEY v297 = MOST(v161, v151);
        const KEY v298 = LEAST(v297, v193); const KEY v302 = LEAST(v295, v298);
        const KEY v304 = LEAST(v143, v185); const KEY v307 = MOST(v304, v169);
        const KEY v310 = LEAST(v302, v307); const KEY v311 = MOST(v302, v307);
        const KEY v321 = MOST(v289, v310); const KEY v322 = LEAST(v290, v311);
        const KEY v323 = MOST(v290, v311); const KEY v344 = LEAST(v260, v321);
        const KEY v345 = MOST(v260, v321); const KEY v346 = LEAST(v261, v322);
        const KEY v347 = MOST(v261, v322); const KEY v348 = LEAST(v262, v323);
        const KEY v349 = MOST(v262, v323); const KEY v365 = MOST(v130, v172);
        const KEY v366 = LEAST(v146, v188); const KEY v368 = LEAST(v365, v366);
        const KEY v369 = MOST(v365, v366); const KEY v370 = LEAST(v138, v180);
        const KEY v371 = MOST(v138, v180); const KEY v372 = LEAST(v164, v154);
        const KEY v373 = MOST(v164, v154); const KEY v374 = LEAST(v373, v196);
        const KEY v377 = MOST(v370, v372); const KEY v378 = LEAST(v371, v374);
        const KEY v383 = MOST(v368, v377); const KEY v384 = LEAST(v369, v378);
        const KEY v385 = MOST(v369, v378); const KEY v389 = MOST(v134, v176);
        const KEY v391 = MOST(v160, v150); const KEY v392 = LEAST(v391, v192);
        const KEY v396 = LEAST(v389, v392); const KEY v397 = MOST(v389, v392);
        const KEY v398 = LEAST(v142, v184); const KEY v399 = MOST(v142, v184);
        const KEY v400 = LEAST(v168, v129); const KEY v401 = MOST(v168, v129);
        const KEY v403 = MOST(v398, v400); const KEY v404 = LEAST(v399, v401);
        const KEY v408 = LEAST(v396, v403); const KEY v409 = MOST(v396, v403);
        const KEY v410 = LEAST(v397, v404); const KEY v421 = MOST(v383, v408);
        const KEY v422 = LEAST(v384, v409); const KEY v423 = MOST(v384, v409);
        const KEY v424 = LEAST(v385, v410); const KEY v433 = MOST(v132, v174);
        const KEY v435 = MOST(v158, v148); const KEY v436 = LEAST(v435, v190);
        const KEY v440 = LEAST(v433, v436); const KEY v441 = MOST(v433, v436);
        const KEY v442 = LEAST(v140, v182); const KEY v443 = MOST(v140, v182);
        const KEY v444 = LEAST(v166, v156); const KEY v445 = MOST(v166, v156);
        const KEY v446 = LEAST(v445, v198); const KEY v449 = MOST(v442, v444);
        const KEY v450 = LEAST(v443, v446); const KEY v455 = MOST(v440, v449);
        const KEY v456 = LEAST(v441, v450); const KEY v461 = MOST(v136, v178);
        const KEY v463 = MOST(v162, v152); const KEY v464 = LEAST(v463, v194);
        const KEY v468 = LEAST(v461, v464); const KEY v470 = LEAST(v144, v186);
        const KEY v473 = MOST(v470, v170); const KEY v476 = LEAST(v468, v473);
        const KEY v477 = MOST(v468, v473); const KEY v486 = LEAST(v455, v476);
        const KEY v487 = MOST(v455, v476); const KEY v488 = LEAST(v456, v477);
        const KEY v489 = MOST(v456, v477); const KEY v511 = MOST(v421, v486);
        const KEY v512 = LEAST(v422, v487); const KEY v513 = MOST(v422, v487);
        const KEY v514 = LEAST(v423, v488); const KEY v515 = MOST(v423, v488);
        const KEY v516 = LEAST(v424, v489); const KEY v562 = LEAST(v344, v511);
        const KEY v563 = MOST(v344, v511); const KEY v564 = LEAST(v345, v512);
        const KEY v565 = MOST(v345, v512); const KEY v566 = LEAST(v346, v513);
        const KEY v567 = MOST(v346, v513); const KEY v568 = LEAST(v347, v514);
        const KEY v569 = MOST(v347, v514); const KEY v570 = LEAST(v348, v515);
        const KEY v571 = MOST(v348, v515); const KEY v572 = LEAST(v349, v516);
        const KEY v573 = MOST(v349, v516); const KEY v604 = above[x + 0];
        const KEY v605 = above[x + 1]; const KEY v606 = above[x + 2]; const KEY v607 = above[x + 3];
        const KEY v608 = above[x + 4]; const KEY v609 = above[x + 5]; const KEY v610 = above[x + 6];
        const KEY v611 = above[x + 7]; const KEY v612 = above[x + 8]; const KEY v613 = above[x + 9];
        const KEY v614 = above[x + 10]; const KEY v615 = LEAST(v604, v605);
        const KEY v616 = MOST(v604, v605); const KEY v617 = LEAST(v607, v608);
        const KEY v618 = MOST(v607, v608); const KEY v619 = LEAST(v606, v617);
        const KEY v620 = MOST(v606, v617); const KEY v621 = LEAST(v620, v618);
        const KEY v622 = MOST(v620, v618); const KEY v623 = LEAST(v615, v619);
        const KEY v624 = MOST(v615, v619); const KEY v625 = LEAST(v624, v622);
        const KEY v626 = MOST(v624, v622); const KEY v627 = LEAST(v616, v621);
        const KEY v628 = MOST(v616, v621); const KEY v629 = LEAST(v625, v627);
        const KEY v630 = MOST(v625, v627); const KEY v631 = LEAST(v626, v628);
        const KEY v632 = MOST(v626, v628); const KEY v633 = LEAST(v610, v611);
        const KEY v634 = MOST(v610, v611); const KEY v635 = LEAST(v609, v633);
        const KEY v636 = MOST(v609, v633); const KEY v637 = LEAST(v636, v634);
        const KEY v638 = MOST(v636, v634); const KEY v639 = LEAST(v613, v614);
        const KEY v640 = MOST(v613, v614); const KEY v641 = LEAST(v612, v639);
        const KEY v642 = MOST(v612, v639); const KEY v643 = LEAST(v642, v640);
        const KEY v644 = MOST(v642, v640); const KEY v645 = LEAST(v635, v641);
        const KEY v646 = MOST(v635, v641); const KEY v647 = LEAST(v638, v644);
        const KEY v648 = MOST(v638, v644); const KEY v649 = LEAST(v646, v647);
        const KEY v650 = MOST(v646, v647); const KEY v651 = LEAST(v637, v643);
        const KEY v652 = MOST(v637, v643); const KEY v653 = LEAST(v649, v651);
        const KEY v654 = MOST(v649, v651); const KEY v655 = LEAST(v650, v652);
        const KEY v656 = MOST(v650, v652); const KEY v657 = LEAST(v623, v645);
        const KEY v658 = MOST(v623, v645); const KEY v659 = LEAST(v632, v656);
        const KEY v660 = MOST(v632, v656); const KEY v661 = LEAST(v658, v659);
        const KEY v662 = MOST(v658, v659); const KEY v663 = LEAST(v630, v654);
        const KEY v664 = MOST(v630, v654); const KEY v665 = LEAST(v661, v663);
        const KEY v666 = MOST(v661, v663); const KEY v667 = LEAST(v662, v664);
        const KEY v668 = MOST(v662, v664); const KEY v669 = LEAST(v629, v653);
        const KEY v670 = MOST(v629, v653); const KEY v671 = LEAST(v670, v648);
        const KEY v672 = MOST(v670, v648); const KEY v673 = LEAST(v631, v655);
        const KEY v674 = MOST(v631, v655); const KEY v675 = LEAST(v671, v673);
        const KEY v676 = MOST(v671, v673); const KEY v677 = LEAST(v672, v674);
        const KEY v678 = MOST(v672, v674); const KEY v679 = LEAST(v665, v669);
        const KEY v680 = MOST(v665, v669); const KEY v681 = LEAST(v666, v675);
        const KEY v682 = MOST(v666, v675); const KEY v683 = LEAST(v667, v676);
        const KEY v684 = MOST(v667, v676); const KEY v685 = LEAST(v668, v677);
        const KEY v686 = MOST(v668, v677); const KEY v687 = LEAST(v660, v678);
        const KEY v688 = MOST(v660, v678); const KEY v689 = MOST(v688, v562);
        const KEY v690 = MOST(v687, v563); const KEY v691 = MOST(v686, v564);
        const KEY v692 = MOST(v685, v565); const KEY v693 = MOST(v684, v566);
        const KEY v694 = MOST(v683, v567); const KEY v695 = MOST(v682, v568);
        const KEY v696 = MOST(v681, v569); const KEY v697 = MOST(v680, v570);
        const KEY v698 = MOST(v679, v571); const KEY v699 = MOST(v657, v572);
        const KEY v700 = LEAST(v689, v690); const KEY v701 = LEAST(v700, v691);
        const KEY v702 = LEAST(v701, v692); const KEY v703 = LEAST(v702, v693);
        const KEY v704 = LEAST(v703, v694); const KEY v705 = LEAST(v704, v695);
        const KEY v706 = LEAST(v705, v696); const KEY v707 = LEAST(v706, v697);
        const KEY v708 = LEAST(v707, v698); const KEY v709 = LEAST(v708, v699);
        const KEY v710 = LEAST(v709, v573); const KEY v711 = below[x + 0];
        const KEY v712 = below[x + 1]; const KEY v713 = below[x + 2]; const KEY v714 = below[x + 3];
        const KEY v715 = below[x + 4]; const KEY v716 = below[x + 5]; const KEY v717 = below[x + 6];
        const KEY v718 = below[x + 7]; const KEY v719 = below[x + 8]; const KEY v720 = below[x + 9];
        const KEY v721 = below[x + 10]; const KEY v722 = LEAST(v711, v712);
        const KEY v723 = MOST(v711, v712); const KEY v724 = LEAST(v714, v715);
        const KEY v725 = MOST(v714, v715); const KEY v726 = LEAST(v713, v724);
        const KEY v727 = MOST(v713, v724); const KEY v728 = LEAST(v727, v725);
        const KEY v729 = MOST(v727, v725); const KEY v730 = LEAST(v722, v726);
        const KEY v731 = MOST(v722, v726); const KEY v732 = LEAST(v731, v729);
        const KEY v733 = MOST(v731, v729); const KEY v734 = LEAST(v723, v728);
        const KEY v735 = MOST(v723, v728); const KEY v736 = LEAST(v732, v734);
        const KEY v737 = MOST(v732, v734); const KEY v738 = LEAST(v733, v735);
        const KEY v739 = MOST(v733, v735); const KEY v740 = LEAST(v717, v718);
        const KEY v741 = MOST(v717, v718); const KEY v742 = LEAST(v716, v740);
        const KEY v743 = MOST(v716, v740); const KEY v744 = LEAST(v743, v741);
        const KEY v745 = MOST(v743, v741); const KEY v746 = LEAST(v720, v721);
        const KEY v747 = MOST(v720, v721); const KEY v748 = LEAST(v719, v746);
        const KEY v749 = MOST(v719, v746); const KEY v750 = LEAST(v749, v747);
        const KEY v751 = MOST(v749, v747); const KEY v752 = LEAST(v742, v748);
        const KEY v753 = MOST(v742, v748); const KEY v754 = LEAST(v745, v751);
        const KEY v755 = MOST(v745, v751); const KEY v756 = LEAST(v753, v754);
        const KEY v757 = MOST(v753, v754); const KEY v758 = LEAST(v744, v750);
        const KEY v759 = MOST(v744, v750); const KEY v760 = LEAST(v756, v758);
        const KEY v761 = MOST(v756, v758); const KEY v762 = LEAST(v757, v759);
        const KEY v763 = MOST(v757, v759); const KEY v764 = LEAST(v730, v752);
        const KEY v765 = MOST(v730, v752); const KEY v766 = LEAST(v739, v763);
        const KEY v767 = MOST(v739, v763); const KEY v768 = LEAST(v765, v766);
        const KEY v769 = MOST(v765, v766); const KEY v770 = LEAST(v737, v761);
        const KEY v771 = MOST(v737, v761); const KEY v772 = LEAST(v768, v770);
        const KEY v773 = MOST(v768, v770); const KEY v774 = LEAST(v769, v771);
        const KEY v775 = MOST(v769, v771); const KEY v776 = LEAST(v736, v760);
        const KEY v777 = MOST(v736, v760); const KEY v778 = LEAST(v777, v755);
        const KEY v779 = MOST(v777, v755); const KEY v780 = LEAST(v738, v762);
        const KEY v781 = MOST(v738, v762); const KEY v782 = LEAST(v778, v780);
        const KEY v783 = MOST(v778, v780); const KEY v784 = LEAST(v779, v781);
        const KEY v785 = MOST(v779, v781); const KEY v786 = LEAST(v772, v776);
        const KEY v787 = MOST(v772, v776); const KEY v788 = LEAST(v773, v782);
        const KEY v789 = MOST(v773, v782); const KEY v790 = LEAST(v774, v783);
        const KEY v791 = MOST(v774, v783); const KEY v792 = LEAST(v775, v784);
        const KEY v793 = MOST(v775, v784); const KEY v794 = LEAST(v767, v785);
        const KEY v795 = MOST(v767, v785); const KEY v796 = MOST(v795, v562);
        const KEY v797 = MOST(v794, v563); const KEY v798 = MOST(v793, v564);
        const KEY v799 = MOST(v792, v565); const KEY v800 = MOST(v791, v566);
        const KEY v801 = MOST(v790, v567); const KEY v802 = MOST(v789, v568);
        const KEY v803 = MOST(v788, v569); const KEY v804 = MOST(v787, v570);
        const KEY v805 = MOST(v786, v571); const KEY v806 = MOST(v764, v572);
        const KEY v807 = LEAST(v796, v797); const KEY v808 = LEAST(v807, v798);
        const KEY v809 = LEAST(v808, v799); const KEY v810 = LEAST(v809, v800);
        const KEY v811 = LEAST(v810, v801); const KEY v812 = LEAST(v811, v802);
        const KEY v813 = LEAST(v812, v803); const KEY v814 = LEAST(v813, v804);
        const KEY v815 = LEAST(v814, v805); const KEY v816 = LEAST(v815, v806);
        const KEY v817 = LEAST(v816, v573); out0[x] = v710; out1[x] = v817;
    }
}

MIP_TARGET static void MIP_TYPED(median11)(const KEY *const *rows, KEY *out0,
    KEY *out1, ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 10 * STAGE_STRIDE;
    KEY *l4 = stage + 30 * STAGE_STRIDE;
    KEY *l8 = stage + 70 * STAGE_STRIDE;
    KEY *spare = stage + 112 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const int is_whole = WHOLE(n) == n;
        KEY *to0 = is_whole ? out0 + begin : spare;
        KEY *to1 = is_whole ? out1 + begin : spare + STAGE_STRIDE;
        const KEY *at[12];
        for (int i = 0; i < 12; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median11_columns)(at + 1, l1, WHOLE(n + 10));
        MIP_TYPED(median11_of_2)(l1, l2, WHOLE(n + 9));
        MIP_TYPED(median11_of_4)(l2, l4, WHOLE(n + 7));
        MIP_TYPED(median11_of_8)(l4, l8, WHOLE(n + 3));
        MIP_TYPED(median11_last)(l8, l2, l1, at[0], at[11], to0, to1, WHOLE(n + 0));
        if (!is_whole) {
            memcpy(out0 + begin, to0, (size_t)n * sizeof(KEY));
            memcpy(out1 + begin, to1, (size_t)n * sizeof(KEY));
        }
    }
}

MIP_TARGET static void MIP_TYPED(cube_along_z)(const KEY *const *rows, KEY *restrict lowest, KEY
    *restrict middle, KEY *restrict highest, ptrdiff_t n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x];
        const KEY v3 = LEAST(v1, v2); const KEY v4 = MOST(v1, v2); const KEY v5 = LEAST(v0, v3);
        const KEY v6 = MOST(v0, v3); const KEY v7 = LEAST(v6, v4); const KEY v8 = MOST(v6, v4);
        lowest[x] = v5; middle[x] = v7; highest[x] = v8;
    }
}

MIP_TARGET static void MIP_TYPED(cube_along_y)(const KEY *const *rows, KEY *restrict out, ptrdiff_t
    n)
{
    const KEY *restrict r0 = rows[0];
    const KEY *restrict r1 = rows[1];
    const KEY *restrict r2 = rows[2];
    const KEY *restrict r3 = rows[3];
    const KEY *restrict r4 = rows[4];
    const KEY *restrict r5 = rows[5];
    const KEY *restrict r6 = rows[6];
    const KEY *restrict r7 = rows[7];
    const KEY *restrict r8 = rows[8];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x]; const KEY v7 = r7[x];
        const KEY v8 = r8[x]; const KEY v9 = LEAST(v0, v3); const KEY v10 = MOST(v0, v3);
        const KEY v11 = LEAST(v2, v5); const KEY v12 = MOST(v2, v5);
        const KEY v13 = LEAST(v10, v11); const KEY v14 = MOST(v10, v11);
        const KEY v15 = LEAST(v1, v4); const KEY v16 = MOST(v1, v4);
        const KEY v17 = LEAST(v13, v15); const KEY v18 = MOST(v13, v15);
        const KEY v19 = LEAST(v14, v16); const KEY v20 = MOST(v14, v16);
        const KEY v21 = LEAST(v9, v6); const KEY v22 = MOST(v9, v6);
        const KEY v23 = LEAST(v22, v20); const KEY v24 = MOST(v22, v20);
        const KEY v25 = LEAST(v18, v8); const KEY v26 = MOST(v18, v8);
        const KEY v27 = LEAST(v23, v25); const KEY v28 = MOST(v23, v25);
        const KEY v29 = LEAST(v24, v26); const KEY v30 = MOST(v24, v26);
        const KEY v31 = LEAST(v17, v7); const KEY v32 = MOST(v17, v7);
        const KEY v33 = LEAST(v32, v12); const KEY v34 = MOST(v32, v12);
        const KEY v35 = LEAST(v33, v19); const KEY v36 = MOST(v33, v19);
        const KEY v37 = LEAST(v27, v31); const KEY v38 = MOST(v27, v31);
        const KEY v39 = LEAST(v28, v35); const KEY v40 = MOST(v28, v35);
        const KEY v41 = LEAST(v29, v36); const KEY v42 = MOST(v29, v36);
        const KEY v43 = LEAST(v30, v34); const KEY v44 = MOST(v30, v34);
        out[0 * STAGE_STRIDE + x] = v21; out[1 * STAGE_STRIDE + x] = v37;
        out[2 * STAGE_STRIDE + x] = v38; out[3 * STAGE_STRIDE + x] = v39;
        out[4 * STAGE_STRIDE + x] = v40; out[5 * STAGE_STRIDE + x] = v41;
        out[6 * STAGE_STRIDE + x] = v42; out[7 * STAGE_STRIDE + x] = v43;
        out[8 * STAGE_STRIDE + x] = v44;
    }
}

MIP_TARGET static void MIP_TYPED(cube_last)(const KEY *restrict l1, KEY *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l1[0 * STAGE_STRIDE + x + 0]; const KEY v1 = l1[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = l1[2 * STAGE_STRIDE + x + 0]; const KEY v3 = l1[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = l1[4 * STAGE_STRIDE + x + 0]; const KEY v5 = l1[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = l1[6 * STAGE_STRIDE + x + 0]; const KEY v7 = l1[7 * STAGE_STRIDE + x + 0];
        const KEY v8 = l1[8 * STAGE_STRIDE + x + 0]; const KEY v9 = l1[0 * STAGE_STRIDE + x + 1];
        const KEY v10 = l1[1 * STAGE_STRIDE + x + 1]; const KEY v11 = l1[2 * STAGE_STRIDE + x + 1];
        const KEY v12 = l1[3 * STAGE_STRIDE + x + 1]; const KEY v13 = l1[4 * STAGE_STRIDE + x + 1];
        const KEY v14 = l1[5 * STAGE_STRIDE + x + 1]; const KEY v15 = l1[6 * STAGE_STRIDE + x + 1];
        const KEY v16 = l1[7 * STAGE_STRIDE + x + 1]; const KEY v17 = l1[8 * STAGE_STRIDE + x + 1];
        const KEY v18 = l1[0 * STAGE_STRIDE + x + 2]; const KEY v19 = l1[1 * STAGE_STRIDE + x + 2];
        const KEY v20 = l1[2 * STAGE_STRIDE + x + 2]; const KEY v21 = l1[3 * STAGE_STRIDE + x + 2];
        const KEY v22 = l1[4 * STAGE_STRIDE + x + 2]; const KEY v23 = l1[5 * STAGE_STRIDE + x + 2];
        const KEY v24 = l1[6 * STAGE_STRIDE + x + 2]; const KEY v25 = l1[7 * STAGE_STRIDE + x + 2];
        const KEY v26 = l1[8 * STAGE_STRIDE + x + 2]; const KEY v28 = MOST(v0, v9);
        const KEY v29 = LEAST(v8, v17); const KEY v31 = LEAST(v28, v29);
        const KEY v32 = MOST(v28, v29); const KEY v33 = LEAST(v4, v13);
        const KEY v34 = MOST(v4, v13); const KEY v35 = LEAST(v31, v33);
        const KEY v36 = MOST(v31, v33); const KEY v37 = LEAST(v32, v34);
        const KEY v38 = MOST(v32, v34); const KEY v39 = LEAST(v2, v11);
        const KEY v40 = MOST(v2, v11); const KEY v41 = LEAST(v6, v15);
        const KEY v42 = MOST(v6, v15); const KEY v43 = LEAST(v40, v41);
        const KEY v44 = MOST(v40, v41); const KEY v46 = MOST(v35, v39);
        const KEY v47 = LEAST(v36, v43); const KEY v48 = MOST(v36, v43);
        const KEY v49 = LEAST(v37, v44); const KEY v50 = MOST(v37, v44);
        const KEY v51 = LEAST(v38, v42); const KEY v54 = MOST(v1, v10);
        const KEY v55 = LEAST(v5, v14); const KEY v56 = MOST(v5, v14);
        const KEY v57 = LEAST(v54, v55); const KEY v58 = MOST(v54, v55);
        const KEY v59 = LEAST(v3, v12); const KEY v60 = MOST(v3, v12);
        const KEY v61 = LEAST(v7, v16); const KEY v63 = LEAST(v60, v61);
        const KEY v64 = MOST(v60, v61); const KEY v65 = LEAST(v57, v59);
        const KEY v66 = MOST(v57, v59); const KEY v67 = LEAST(v58, v63);
        const KEY v68 = MOST(v58, v63); const KEY v69 = LEAST(v56, v64);
        const KEY v70 = MOST(v56, v64); const KEY v74 = MOST(v46, v65);
        const KEY v75 = LEAST(v47, v66); const KEY v76 = MOST(v47, v66);
        const KEY v77 = LEAST(v48, v67); const KEY v78 = MOST(v48, v67);
        const KEY v79 = LEAST(v49, v68); const KEY v80 = MOST(v49, v68);
        const KEY v81 = LEAST(v50, v69); const KEY v82 = MOST(v50, v69);
        const KEY v83 = LEAST(v51, v70); const KEY v87 = MOST(v26, v74);
        const KEY v88 = MOST(v25, v75); const KEY v89 = MOST(v24, v76);
        const KEY v90 = MOST(v23, v77); const KEY v91 = MOST(v22, v78);
        const KEY v92 = MOST(v21, v79); const KEY v93 = MOST(v20, v80);
        const KEY v94 = MOST(v19, v81); const KEY v95 = MOST(v18, v82);
        const KEY v96 = LEAST(v87, v88); const KEY v97 = LEAST(v96, v89);
        const KEY v98 = LEAST(v97, v90); const KEY v99 = LEAST(v98, v91);
        const KEY v100 = LEAST(v99, v92); const KEY v101 = LEAST(v100, v93);
        const KEY v102 = LEAST(v101, v94); const KEY v103 = LEAST(v102, v95);
        const KEY v104 = LEAST(v103, v83); out[x] = v104;
    }
}

MIP_TARGET static void MIP_TYPED(cube_rows)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[9];
        for (int i = 0; i < 9; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(cube_along_y)(at, stage, WHOLE(n + 2));
        MIP_TYPED(cube_last)(stage, out + begin, n);
    }
}
