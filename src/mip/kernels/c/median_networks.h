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
    const KEY *restrict r4 = rows[4];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = LEAST(v0, v1); const KEY v6 = MOST(v0, v1);
        const KEY v7 = LEAST(v3, v4); const KEY v8 = MOST(v3, v4); const KEY v9 = LEAST(v2, v7);
        const KEY v10 = MOST(v2, v7); const KEY v11 = LEAST(v10, v8); const KEY v12 = MOST(v10, v8);
        const KEY v13 = LEAST(v5, v9); const KEY v14 = MOST(v5, v9);
        const KEY v15 = LEAST(v14, v12); const KEY v16 = MOST(v14, v12);
        const KEY v17 = LEAST(v6, v11); const KEY v18 = MOST(v6, v11);
        const KEY v19 = LEAST(v15, v17); const KEY v20 = MOST(v15, v17);
        const KEY v21 = LEAST(v16, v18); const KEY v22 = MOST(v16, v18);
        out[0 * STAGE_STRIDE + x] = v13; out[1 * STAGE_STRIDE + x] = v19;
        out[2 * STAGE_STRIDE + x] = v20; out[3 * STAGE_STRIDE + x] = v21;
        out[4 * STAGE_STRIDE + x] = v22;
    }
}

MIP_TARGET static void MIP_TYPED(median5_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[0 * STAGE_STRIDE + x + 1];
        const KEY v6 = in[1 * STAGE_STRIDE + x + 1]; const KEY v7 = in[2 * STAGE_STRIDE + x + 1];
        const KEY v8 = in[3 * STAGE_STRIDE + x + 1]; const KEY v9 = in[4 * STAGE_STRIDE + x + 1];
        const KEY v10 = LEAST(v0, v5); const KEY v11 = MOST(v0, v5); const KEY v12 = LEAST(v4, v9);
        const KEY v13 = MOST(v4, v9); const KEY v14 = LEAST(v11, v12);
        const KEY v15 = MOST(v11, v12); const KEY v16 = LEAST(v2, v7); const KEY v17 = MOST(v2, v7);
        const KEY v18 = LEAST(v14, v16); const KEY v19 = MOST(v14, v16);
        const KEY v20 = LEAST(v15, v17); const KEY v21 = MOST(v15, v17);
        const KEY v22 = LEAST(v1, v6); const KEY v23 = MOST(v1, v6); const KEY v24 = LEAST(v3, v8);
        const KEY v25 = MOST(v3, v8); const KEY v26 = LEAST(v23, v24);
        const KEY v27 = MOST(v23, v24); const KEY v28 = LEAST(v18, v22);
        const KEY v29 = MOST(v18, v22); const KEY v30 = LEAST(v19, v26);
        const KEY v31 = MOST(v19, v26); const KEY v32 = LEAST(v20, v27);
        const KEY v33 = MOST(v20, v27); const KEY v34 = LEAST(v21, v25);
        const KEY v35 = MOST(v21, v25); out[0 * STAGE_STRIDE + x] = v10;
        out[1 * STAGE_STRIDE + x] = v28; out[2 * STAGE_STRIDE + x] = v29;
        out[3 * STAGE_STRIDE + x] = v30; out[4 * STAGE_STRIDE + x] = v31;
        out[5 * STAGE_STRIDE + x] = v32; out[6 * STAGE_STRIDE + x] = v33;
        out[7 * STAGE_STRIDE + x] = v34; out[8 * STAGE_STRIDE + x] = v35;
        out[9 * STAGE_STRIDE + x] = v13;
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
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[9 * STAGE_STRIDE + x + 0];
        const KEY v10 = in[0 * STAGE_STRIDE + x + 2]; const KEY v11 = in[1 * STAGE_STRIDE + x + 2];
        const KEY v12 = in[2 * STAGE_STRIDE + x + 2]; const KEY v13 = in[3 * STAGE_STRIDE + x + 2];
        const KEY v14 = in[4 * STAGE_STRIDE + x + 2]; const KEY v15 = in[5 * STAGE_STRIDE + x + 2];
        const KEY v16 = in[6 * STAGE_STRIDE + x + 2]; const KEY v17 = in[7 * STAGE_STRIDE + x + 2];
        const KEY v18 = in[8 * STAGE_STRIDE + x + 2]; const KEY v19 = in[9 * STAGE_STRIDE + x + 2];
        const KEY v21 = MOST(v0, v10); const KEY v22 = LEAST(v8, v18);
        const KEY v24 = LEAST(v21, v22); const KEY v25 = MOST(v21, v22);
        const KEY v26 = LEAST(v4, v14); const KEY v27 = MOST(v4, v14);
        const KEY v29 = MOST(v24, v26); const KEY v30 = LEAST(v25, v27);
        const KEY v33 = MOST(v2, v12); const KEY v34 = LEAST(v6, v16);
        const KEY v36 = LEAST(v33, v34); const KEY v37 = MOST(v33, v34);
        const KEY v41 = MOST(v29, v36); const KEY v42 = LEAST(v30, v37);
        const KEY v43 = MOST(v30, v37); const KEY v47 = MOST(v1, v11);
        const KEY v48 = LEAST(v9, v19); const KEY v50 = LEAST(v47, v48);
        const KEY v51 = MOST(v47, v48); const KEY v52 = LEAST(v5, v15);
        const KEY v53 = MOST(v5, v15); const KEY v55 = MOST(v50, v52);
        const KEY v56 = LEAST(v51, v53); const KEY v59 = MOST(v3, v13);
        const KEY v60 = LEAST(v7, v17); const KEY v62 = LEAST(v59, v60);
        const KEY v63 = MOST(v59, v60); const KEY v66 = LEAST(v55, v62);
        const KEY v67 = MOST(v55, v62); const KEY v68 = LEAST(v56, v63);
        const KEY v78 = LEAST(v41, v66); const KEY v79 = MOST(v41, v66);
        const KEY v80 = LEAST(v42, v67); const KEY v81 = MOST(v42, v67);
        const KEY v82 = LEAST(v43, v68); const KEY v83 = MOST(v43, v68);
        out[0 * STAGE_STRIDE + x] = v78; out[1 * STAGE_STRIDE + x] = v79;
        out[2 * STAGE_STRIDE + x] = v80; out[3 * STAGE_STRIDE + x] = v81;
        out[4 * STAGE_STRIDE + x] = v82; out[5 * STAGE_STRIDE + x] = v83;
    }
}

MIP_TARGET static void MIP_TYPED(median5_last)(const KEY *restrict l4, const KEY *restrict l1, KEY
    *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l1[0 * STAGE_STRIDE + x + 4]; const KEY v1 = l1[1 * STAGE_STRIDE + x + 4];
        const KEY v2 = l1[2 * STAGE_STRIDE + x + 4]; const KEY v3 = l1[3 * STAGE_STRIDE + x + 4];
        const KEY v4 = l1[4 * STAGE_STRIDE + x + 4]; const KEY v5 = l4[0 * STAGE_STRIDE + x + 0];
        const KEY v6 = l4[1 * STAGE_STRIDE + x + 0]; const KEY v7 = l4[2 * STAGE_STRIDE + x + 0];
        const KEY v8 = l4[3 * STAGE_STRIDE + x + 0]; const KEY v9 = l4[4 * STAGE_STRIDE + x + 0];
        const KEY v10 = l4[5 * STAGE_STRIDE + x + 0]; const KEY v11 = MOST(v4, v5);
        const KEY v12 = MOST(v3, v6); const KEY v13 = MOST(v2, v7); const KEY v14 = MOST(v1, v8);
        const KEY v15 = MOST(v0, v9); const KEY v16 = LEAST(v11, v12);
        const KEY v17 = LEAST(v16, v13); const KEY v18 = LEAST(v17, v14);
        const KEY v19 = LEAST(v18, v15); const KEY v20 = LEAST(v19, v10); out[x] = v20;
    }
}

MIP_TARGET static void MIP_TYPED(median5)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 5 * STAGE_STRIDE;
    KEY *l4 = stage + 15 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[5];
        for (int i = 0; i < 5; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median5_columns)(at, l1, n + 4);
        MIP_TYPED(median5_of_2)(l1, l2, n + 3);
        MIP_TYPED(median5_of_4)(l2, l4, n + 1);
        MIP_TYPED(median5_last)(l4, l1, out + begin, n);
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
    const KEY *restrict r6 = rows[6];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x];
        const KEY v7 = LEAST(v1, v2); const KEY v8 = MOST(v1, v2); const KEY v9 = LEAST(v0, v7);
        const KEY v10 = MOST(v0, v7); const KEY v11 = LEAST(v10, v8); const KEY v12 = MOST(v10, v8);
        const KEY v13 = LEAST(v3, v4); const KEY v14 = MOST(v3, v4); const KEY v15 = LEAST(v5, v6);
        const KEY v16 = MOST(v5, v6); const KEY v17 = LEAST(v13, v15);
        const KEY v18 = MOST(v13, v15); const KEY v19 = LEAST(v14, v16);
        const KEY v20 = MOST(v14, v16); const KEY v21 = LEAST(v18, v19);
        const KEY v22 = MOST(v18, v19); const KEY v23 = LEAST(v9, v17);
        const KEY v24 = MOST(v9, v17); const KEY v25 = LEAST(v12, v22);
        const KEY v26 = MOST(v12, v22); const KEY v27 = LEAST(v24, v25);
        const KEY v28 = MOST(v24, v25); const KEY v29 = LEAST(v11, v21);
        const KEY v30 = MOST(v11, v21); const KEY v31 = LEAST(v30, v20);
        const KEY v32 = MOST(v30, v20); const KEY v33 = LEAST(v27, v29);
        const KEY v34 = MOST(v27, v29); const KEY v35 = LEAST(v28, v31);
        const KEY v36 = MOST(v28, v31); const KEY v37 = LEAST(v26, v32);
        const KEY v38 = MOST(v26, v32); out[0 * STAGE_STRIDE + x] = v23;
        out[1 * STAGE_STRIDE + x] = v33; out[2 * STAGE_STRIDE + x] = v34;
        out[3 * STAGE_STRIDE + x] = v35; out[4 * STAGE_STRIDE + x] = v36;
        out[5 * STAGE_STRIDE + x] = v37; out[6 * STAGE_STRIDE + x] = v38;
    }
}

MIP_TARGET static void MIP_TYPED(median7_of_2)(const KEY *restrict in, KEY *restrict out, ptrdiff_t
    n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = in[0 * STAGE_STRIDE + x + 0]; const KEY v1 = in[1 * STAGE_STRIDE + x + 0];
        const KEY v2 = in[2 * STAGE_STRIDE + x + 0]; const KEY v3 = in[3 * STAGE_STRIDE + x + 0];
        const KEY v4 = in[4 * STAGE_STRIDE + x + 0]; const KEY v5 = in[5 * STAGE_STRIDE + x + 0];
        const KEY v6 = in[6 * STAGE_STRIDE + x + 0]; const KEY v7 = in[0 * STAGE_STRIDE + x + 1];
        const KEY v8 = in[1 * STAGE_STRIDE + x + 1]; const KEY v9 = in[2 * STAGE_STRIDE + x + 1];
        const KEY v10 = in[3 * STAGE_STRIDE + x + 1]; const KEY v11 = in[4 * STAGE_STRIDE + x + 1];
        const KEY v12 = in[5 * STAGE_STRIDE + x + 1]; const KEY v13 = in[6 * STAGE_STRIDE + x + 1];
        const KEY v14 = LEAST(v0, v7); const KEY v15 = MOST(v0, v7); const KEY v16 = LEAST(v4, v11);
        const KEY v17 = MOST(v4, v11); const KEY v18 = LEAST(v15, v16);
        const KEY v19 = MOST(v15, v16); const KEY v20 = LEAST(v2, v9); const KEY v21 = MOST(v2, v9);
        const KEY v22 = LEAST(v6, v13); const KEY v23 = MOST(v6, v13);
        const KEY v24 = LEAST(v21, v22); const KEY v25 = MOST(v21, v22);
        const KEY v26 = LEAST(v18, v20); const KEY v27 = MOST(v18, v20);
        const KEY v28 = LEAST(v19, v24); const KEY v29 = MOST(v19, v24);
        const KEY v30 = LEAST(v17, v25); const KEY v31 = MOST(v17, v25);
        const KEY v32 = LEAST(v1, v8); const KEY v33 = MOST(v1, v8); const KEY v34 = LEAST(v5, v12);
        const KEY v35 = MOST(v5, v12); const KEY v36 = LEAST(v33, v34);
        const KEY v37 = MOST(v33, v34); const KEY v38 = LEAST(v3, v10);
        const KEY v39 = MOST(v3, v10); const KEY v40 = LEAST(v36, v38);
        const KEY v41 = MOST(v36, v38); const KEY v42 = LEAST(v37, v39);
        const KEY v43 = MOST(v37, v39); const KEY v44 = LEAST(v26, v32);
        const KEY v45 = MOST(v26, v32); const KEY v46 = LEAST(v27, v40);
        const KEY v47 = MOST(v27, v40); const KEY v48 = LEAST(v28, v41);
        const KEY v49 = MOST(v28, v41); const KEY v50 = LEAST(v29, v42);
        const KEY v51 = MOST(v29, v42); const KEY v52 = LEAST(v30, v43);
        const KEY v53 = MOST(v30, v43); const KEY v54 = LEAST(v31, v35);
        const KEY v55 = MOST(v31, v35); out[0 * STAGE_STRIDE + x] = v14;
        out[1 * STAGE_STRIDE + x] = v44; out[2 * STAGE_STRIDE + x] = v45;
        out[3 * STAGE_STRIDE + x] = v46; out[4 * STAGE_STRIDE + x] = v47;
        out[5 * STAGE_STRIDE + x] = v48; out[6 * STAGE_STRIDE + x] = v49;
        out[7 * STAGE_STRIDE + x] = v50; out[8 * STAGE_STRIDE + x] = v51;
        out[9 * STAGE_STRIDE + x] = v52; out[10 * STAGE_STRIDE + x] = v53;
        out[11 * STAGE_STRIDE + x] = v54; out[12 * STAGE_STRIDE + x] = v55;
        out[13 * STAGE_STRIDE + x] = v23;
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
        const KEY v11 = in[11 * STAGE_STRIDE + x + 0];
        const KEY v12 = in[12 * STAGE_STRIDE + x + 0];
        const KEY v13 = in[13 * STAGE_STRIDE + x + 0]; const KEY v14 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v15 = in[1 * STAGE_STRIDE + x + 2]; const KEY v16 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v17 = in[3 * STAGE_STRIDE + x + 2]; const KEY v18 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v19 = in[5 * STAGE_STRIDE + x + 2]; const KEY v20 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v21 = in[7 * STAGE_STRIDE + x + 2]; const KEY v22 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[9 * STAGE_STRIDE + x + 2]; const KEY v24 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v25 = in[11 * STAGE_STRIDE + x + 2];
        const KEY v26 = in[12 * STAGE_STRIDE + x + 2];
        const KEY v27 = in[13 * STAGE_STRIDE + x + 2]; const KEY v29 = MOST(v0, v14);
        const KEY v30 = LEAST(v8, v22); const KEY v31 = MOST(v8, v22);
        const KEY v32 = LEAST(v29, v30); const KEY v33 = MOST(v29, v30);
        const KEY v34 = LEAST(v4, v18); const KEY v35 = MOST(v4, v18);
        const KEY v36 = LEAST(v12, v26); const KEY v38 = LEAST(v35, v36);
        const KEY v39 = MOST(v35, v36); const KEY v40 = LEAST(v32, v34);
        const KEY v41 = MOST(v32, v34); const KEY v42 = LEAST(v33, v38);
        const KEY v43 = MOST(v33, v38); const KEY v44 = LEAST(v31, v39);
        const KEY v45 = MOST(v31, v39); const KEY v46 = LEAST(v2, v16);
        const KEY v47 = MOST(v2, v16); const KEY v48 = LEAST(v10, v24);
        const KEY v49 = MOST(v10, v24); const KEY v50 = LEAST(v47, v48);
        const KEY v51 = MOST(v47, v48); const KEY v52 = LEAST(v6, v20);
        const KEY v53 = MOST(v6, v20); const KEY v54 = LEAST(v50, v52);
        const KEY v55 = MOST(v50, v52); const KEY v56 = LEAST(v51, v53);
        const KEY v57 = MOST(v51, v53); const KEY v59 = MOST(v40, v46);
        const KEY v60 = LEAST(v41, v54); const KEY v61 = MOST(v41, v54);
        const KEY v62 = LEAST(v42, v55); const KEY v63 = MOST(v42, v55);
        const KEY v64 = LEAST(v43, v56); const KEY v65 = MOST(v43, v56);
        const KEY v66 = LEAST(v44, v57); const KEY v67 = MOST(v44, v57);
        const KEY v68 = LEAST(v45, v49); const KEY v69 = MOST(v45, v49);
        const KEY v71 = MOST(v1, v15); const KEY v72 = LEAST(v9, v23);
        const KEY v73 = MOST(v9, v23); const KEY v74 = LEAST(v71, v72);
        const KEY v75 = MOST(v71, v72); const KEY v76 = LEAST(v5, v19);
        const KEY v77 = MOST(v5, v19); const KEY v78 = LEAST(v13, v27);
        const KEY v80 = LEAST(v77, v78); const KEY v81 = MOST(v77, v78);
        const KEY v82 = LEAST(v74, v76); const KEY v83 = MOST(v74, v76);
        const KEY v84 = LEAST(v75, v80); const KEY v85 = MOST(v75, v80);
        const KEY v86 = LEAST(v73, v81); const KEY v87 = MOST(v73, v81);
        const KEY v88 = LEAST(v3, v17); const KEY v89 = MOST(v3, v17);
        const KEY v90 = LEAST(v11, v25); const KEY v91 = MOST(v11, v25);
        const KEY v92 = LEAST(v89, v90); const KEY v93 = MOST(v89, v90);
        const KEY v94 = LEAST(v7, v21); const KEY v95 = MOST(v7, v21);
        const KEY v96 = LEAST(v92, v94); const KEY v97 = MOST(v92, v94);
        const KEY v98 = LEAST(v93, v95); const KEY v99 = MOST(v93, v95);
        const KEY v100 = LEAST(v82, v88); const KEY v101 = MOST(v82, v88);
        const KEY v102 = LEAST(v83, v96); const KEY v103 = MOST(v83, v96);
        const KEY v104 = LEAST(v84, v97); const KEY v105 = MOST(v84, v97);
        const KEY v106 = LEAST(v85, v98); const KEY v107 = MOST(v85, v98);
        const KEY v108 = LEAST(v86, v99); const KEY v109 = MOST(v86, v99);
        const KEY v110 = LEAST(v87, v91); const KEY v114 = LEAST(v59, v100);
        const KEY v115 = MOST(v59, v100); const KEY v116 = LEAST(v60, v101);
        const KEY v117 = MOST(v60, v101); const KEY v118 = LEAST(v61, v102);
        const KEY v119 = MOST(v61, v102); const KEY v120 = LEAST(v62, v103);
        const KEY v121 = MOST(v62, v103); const KEY v122 = LEAST(v63, v104);
        const KEY v123 = MOST(v63, v104); const KEY v124 = LEAST(v64, v105);
        const KEY v125 = MOST(v64, v105); const KEY v126 = LEAST(v65, v106);
        const KEY v127 = MOST(v65, v106); const KEY v128 = LEAST(v66, v107);
        const KEY v129 = MOST(v66, v107); const KEY v130 = LEAST(v67, v108);
        const KEY v131 = MOST(v67, v108); const KEY v132 = LEAST(v68, v109);
        const KEY v133 = MOST(v68, v109); const KEY v134 = LEAST(v69, v110);
        const KEY v135 = MOST(v69, v110); out[0 * STAGE_STRIDE + x] = v114;
        out[1 * STAGE_STRIDE + x] = v115; out[2 * STAGE_STRIDE + x] = v116;
        out[3 * STAGE_STRIDE + x] = v117; out[4 * STAGE_STRIDE + x] = v118;
        out[5 * STAGE_STRIDE + x] = v119; out[6 * STAGE_STRIDE + x] = v120;
        out[7 * STAGE_STRIDE + x] = v121; out[8 * STAGE_STRIDE + x] = v122;
        out[9 * STAGE_STRIDE + x] = v123; out[10 * STAGE_STRIDE + x] = v124;
        out[11 * STAGE_STRIDE + x] = v125; out[12 * STAGE_STRIDE + x] = v126;
        out[13 * STAGE_STRIDE + x] = v127; out[14 * STAGE_STRIDE + x] = v128;
        out[15 * STAGE_STRIDE + x] = v129; out[16 * STAGE_STRIDE + x] = v130;
        out[17 * STAGE_STRIDE + x] = v131; out[18 * STAGE_STRIDE + x] = v132;
        out[19 * STAGE_STRIDE + x] = v133; out[20 * STAGE_STRIDE + x] = v134;
        out[21 * STAGE_STRIDE + x] = v135;
    }
}

MIP_TARGET static void MIP_TYPED(median7_last)(const KEY *restrict l4, const KEY *restrict l2, const
    KEY *restrict l1, KEY *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l2[0 * STAGE_STRIDE + x + 4]; const KEY v1 = l2[1 * STAGE_STRIDE + x + 4];
        const KEY v2 = l2[2 * STAGE_STRIDE + x + 4]; const KEY v3 = l2[3 * STAGE_STRIDE + x + 4];
        const KEY v4 = l2[4 * STAGE_STRIDE + x + 4]; const KEY v5 = l2[5 * STAGE_STRIDE + x + 4];
        const KEY v6 = l2[6 * STAGE_STRIDE + x + 4]; const KEY v7 = l2[7 * STAGE_STRIDE + x + 4];
        const KEY v8 = l2[8 * STAGE_STRIDE + x + 4]; const KEY v9 = l2[9 * STAGE_STRIDE + x + 4];
        const KEY v10 = l2[10 * STAGE_STRIDE + x + 4];
        const KEY v11 = l2[11 * STAGE_STRIDE + x + 4];
        const KEY v12 = l2[12 * STAGE_STRIDE + x + 4];
        const KEY v13 = l2[13 * STAGE_STRIDE + x + 4]; const KEY v14 = l1[0 * STAGE_STRIDE + x + 6];
        const KEY v15 = l1[1 * STAGE_STRIDE + x + 6]; const KEY v16 = l1[2 * STAGE_STRIDE + x + 6];
        const KEY v17 = l1[3 * STAGE_STRIDE + x + 6]; const KEY v18 = l1[4 * STAGE_STRIDE + x + 6];
        const KEY v19 = l1[5 * STAGE_STRIDE + x + 6]; const KEY v20 = l1[6 * STAGE_STRIDE + x + 6];
        const KEY v21 = LEAST(v0, v14); const KEY v22 = MOST(v0, v14);
        const KEY v23 = LEAST(v22, v8); const KEY v24 = MOST(v22, v8);
        const KEY v25 = LEAST(v4, v18); const KEY v26 = MOST(v4, v18);
        const KEY v27 = LEAST(v26, v12); const KEY v28 = MOST(v26, v12);
        const KEY v29 = LEAST(v23, v25); const KEY v30 = MOST(v23, v25);
        const KEY v31 = LEAST(v24, v27); const KEY v32 = MOST(v24, v27);
        const KEY v33 = LEAST(v2, v16); const KEY v34 = MOST(v2, v16);
        const KEY v35 = LEAST(v34, v10); const KEY v36 = MOST(v34, v10);
        const KEY v37 = LEAST(v6, v20); const KEY v38 = MOST(v6, v20);
        const KEY v39 = LEAST(v35, v37); const KEY v40 = MOST(v35, v37);
        const KEY v41 = LEAST(v36, v38); const KEY v42 = MOST(v36, v38);
        const KEY v43 = LEAST(v29, v33); const KEY v44 = MOST(v29, v33);
        const KEY v45 = LEAST(v30, v39); const KEY v46 = MOST(v30, v39);
        const KEY v47 = LEAST(v31, v40); const KEY v48 = MOST(v31, v40);
        const KEY v49 = LEAST(v32, v41); const KEY v50 = MOST(v32, v41);
        const KEY v51 = LEAST(v28, v42); const KEY v52 = MOST(v28, v42);
        const KEY v53 = LEAST(v1, v15); const KEY v54 = MOST(v1, v15);
        const KEY v55 = LEAST(v54, v9); const KEY v56 = MOST(v54, v9);
        const KEY v57 = LEAST(v5, v19); const KEY v58 = MOST(v5, v19);
        const KEY v59 = LEAST(v58, v13); const KEY v60 = MOST(v58, v13);
        const KEY v61 = LEAST(v55, v57); const KEY v62 = MOST(v55, v57);
        const KEY v63 = LEAST(v56, v59); const KEY v64 = MOST(v56, v59);
        const KEY v65 = LEAST(v3, v17); const KEY v66 = MOST(v3, v17);
        const KEY v67 = LEAST(v66, v11); const KEY v68 = MOST(v66, v11);
        const KEY v69 = LEAST(v67, v7); const KEY v70 = MOST(v67, v7);
        const KEY v71 = LEAST(v61, v65); const KEY v72 = MOST(v61, v65);
        const KEY v73 = LEAST(v62, v69); const KEY v74 = MOST(v62, v69);
        const KEY v75 = LEAST(v63, v70); const KEY v76 = MOST(v63, v70);
        const KEY v77 = LEAST(v64, v68); const KEY v78 = MOST(v64, v68);
        const KEY v79 = LEAST(v43, v53); const KEY v80 = MOST(v43, v53);
        const KEY v81 = LEAST(v44, v71); const KEY v82 = MOST(v44, v71);
        const KEY v83 = LEAST(v45, v72); const KEY v84 = MOST(v45, v72);
        const KEY v85 = LEAST(v46, v73); const KEY v86 = MOST(v46, v73);
        const KEY v87 = LEAST(v47, v74); const KEY v88 = MOST(v47, v74);
        const KEY v89 = LEAST(v48, v75); const KEY v90 = MOST(v48, v75);
        const KEY v91 = LEAST(v49, v76); const KEY v92 = MOST(v49, v76);
        const KEY v93 = LEAST(v50, v77); const KEY v94 = MOST(v50, v77);
        const KEY v95 = LEAST(v51, v78); const KEY v96 = MOST(v51, v78);
        const KEY v97 = LEAST(v52, v60); const KEY v98 = MOST(v52, v60);
        const KEY v99 = l4[0 * STAGE_STRIDE + x + 0]; const KEY v100 = l4[1 * STAGE_STRIDE + x + 0];
        const KEY v101 = l4[2 * STAGE_STRIDE + x + 0];
        const KEY v102 = l4[3 * STAGE_STRIDE + x + 0];
        const KEY v103 = l4[4 * STAGE_STRIDE + x + 0];
        const KEY v104 = l4[5 * STAGE_STRIDE + x + 0];
        const KEY v105 = l4[6 * STAGE_STRIDE + x + 0];
        const KEY v106 = l4[7 * STAGE_STRIDE + x + 0];
        const KEY v107 = l4[8 * STAGE_STRIDE + x + 0];
        const KEY v108 = l4[9 * STAGE_STRIDE + x + 0];
        const KEY v109 = l4[10 * STAGE_STRIDE + x + 0];
        const KEY v110 = l4[11 * STAGE_STRIDE + x + 0];
        const KEY v111 = l4[12 * STAGE_STRIDE + x + 0];
        const KEY v112 = l4[13 * STAGE_STRIDE + x + 0];
        const KEY v113 = l4[14 * STAGE_STRIDE + x + 0];
        const KEY v114 = l4[15 * STAGE_STRIDE + x + 0];
        const KEY v115 = l4[16 * STAGE_STRIDE + x + 0];
        const KEY v116 = l4[17 * STAGE_STRIDE + x + 0];
        const KEY v117 = l4[18 * STAGE_STRIDE + x + 0];
        const KEY v118 = l4[19 * STAGE_STRIDE + x + 0];
        const KEY v119 = l4[20 * STAGE_STRIDE + x + 0];
        const KEY v120 = l4[21 * STAGE_STRIDE + x + 0]; const KEY v121 = MOST(v98, v99);
        const KEY v122 = MOST(v97, v100); const KEY v123 = MOST(v96, v101);
        const KEY v124 = MOST(v95, v102); const KEY v125 = MOST(v94, v103);
        const KEY v126 = MOST(v93, v104); const KEY v127 = MOST(v92, v105);
        const KEY v128 = MOST(v91, v106); const KEY v129 = MOST(v90, v107);
        const KEY v130 = MOST(v89, v108); const KEY v131 = MOST(v88, v109);
        const KEY v132 = MOST(v87, v110); const KEY v133 = MOST(v86, v111);
        const KEY v134 = MOST(v85, v112); const KEY v135 = MOST(v84, v113);
        const KEY v136 = MOST(v83, v114); const KEY v137 = MOST(v82, v115);
        const KEY v138 = MOST(v81, v116); const KEY v139 = MOST(v80, v117);
        const KEY v140 = MOST(v79, v118); const KEY v141 = MOST(v21, v119);
        const KEY v142 = LEAST(v121, v122); const KEY v143 = LEAST(v142, v123);
        const KEY v144 = LEAST(v143, v124); const KEY v145 = LEAST(v144, v125);
        const KEY v146 = LEAST(v145, v126); const KEY v147 = LEAST(v146, v127);
        const KEY v148 = LEAST(v147, v128); const KEY v149 = LEAST(v148, v129);
        const KEY v150 = LEAST(v149, v130); const KEY v151 = LEAST(v150, v131);
        const KEY v152 = LEAST(v151, v132); const KEY v153 = LEAST(v152, v133);
        const KEY v154 = LEAST(v153, v134); const KEY v155 = LEAST(v154, v135);
        const KEY v156 = LEAST(v155, v136); const KEY v157 = LEAST(v156, v137);
        const KEY v158 = LEAST(v157, v138); const KEY v159 = LEAST(v158, v139);
        const KEY v160 = LEAST(v159, v140); const KEY v161 = LEAST(v160, v141);
        const KEY v162 = LEAST(v161, v120); out[x] = v162;
    }
}

MIP_TARGET static void MIP_TYPED(median7)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 7 * STAGE_STRIDE;
    KEY *l4 = stage + 21 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[7];
        for (int i = 0; i < 7; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median7_columns)(at, l1, n + 6);
        MIP_TYPED(median7_of_2)(l1, l2, n + 5);
        MIP_TYPED(median7_of_4)(l2, l4, n + 3);
        MIP_TYPED(median7_last)(l4, l2, l1, out + begin, n);
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
    const KEY *restrict r8 = rows[8];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x]; const KEY v7 = r7[x];
        const KEY v8 = r8[x]; const KEY v9 = LEAST(v0, v1); const KEY v10 = MOST(v0, v1);
        const KEY v11 = LEAST(v2, v3); const KEY v12 = MOST(v2, v3); const KEY v13 = LEAST(v9, v11);
        const KEY v14 = MOST(v9, v11); const KEY v15 = LEAST(v10, v12);
        const KEY v16 = MOST(v10, v12); const KEY v17 = LEAST(v14, v15);
        const KEY v18 = MOST(v14, v15); const KEY v19 = LEAST(v4, v5); const KEY v20 = MOST(v4, v5);
        const KEY v21 = LEAST(v7, v8); const KEY v22 = MOST(v7, v8); const KEY v23 = LEAST(v6, v21);
        const KEY v24 = MOST(v6, v21); const KEY v25 = LEAST(v24, v22);
        const KEY v26 = MOST(v24, v22); const KEY v27 = LEAST(v19, v23);
        const KEY v28 = MOST(v19, v23); const KEY v29 = LEAST(v28, v26);
        const KEY v30 = MOST(v28, v26); const KEY v31 = LEAST(v20, v25);
        const KEY v32 = MOST(v20, v25); const KEY v33 = LEAST(v29, v31);
        const KEY v34 = MOST(v29, v31); const KEY v35 = LEAST(v30, v32);
        const KEY v36 = MOST(v30, v32); const KEY v37 = LEAST(v13, v27);
        const KEY v38 = MOST(v13, v27); const KEY v39 = LEAST(v38, v36);
        const KEY v40 = MOST(v38, v36); const KEY v41 = LEAST(v18, v34);
        const KEY v42 = MOST(v18, v34); const KEY v43 = LEAST(v39, v41);
        const KEY v44 = MOST(v39, v41); const KEY v45 = LEAST(v40, v42);
        const KEY v46 = MOST(v40, v42); const KEY v47 = LEAST(v17, v33);
        const KEY v48 = MOST(v17, v33); const KEY v49 = LEAST(v16, v35);
        const KEY v50 = MOST(v16, v35); const KEY v51 = LEAST(v48, v49);
        const KEY v52 = MOST(v48, v49); const KEY v53 = LEAST(v43, v47);
        const KEY v54 = MOST(v43, v47); const KEY v55 = LEAST(v44, v51);
        const KEY v56 = MOST(v44, v51); const KEY v57 = LEAST(v45, v52);
        const KEY v58 = MOST(v45, v52); const KEY v59 = LEAST(v46, v50);
        const KEY v60 = MOST(v46, v50); out[0 * STAGE_STRIDE + x] = v37;
        out[1 * STAGE_STRIDE + x] = v53; out[2 * STAGE_STRIDE + x] = v54;
        out[3 * STAGE_STRIDE + x] = v55; out[4 * STAGE_STRIDE + x] = v56;
        out[5 * STAGE_STRIDE + x] = v57; out[6 * STAGE_STRIDE + x] = v58;
        out[7 * STAGE_STRIDE + x] = v59; out[8 * STAGE_STRIDE + x] = v60;
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
        const KEY v8 = in[8 * STAGE_STRIDE + x + 0]; const KEY v9 = in[0 * STAGE_STRIDE + x + 1];
        const KEY v10 = in[1 * STAGE_STRIDE + x + 1]; const KEY v11 = in[2 * STAGE_STRIDE + x + 1];
        const KEY v12 = in[3 * STAGE_STRIDE + x + 1]; const KEY v13 = in[4 * STAGE_STRIDE + x + 1];
        const KEY v14 = in[5 * STAGE_STRIDE + x + 1]; const KEY v15 = in[6 * STAGE_STRIDE + x + 1];
        const KEY v16 = in[7 * STAGE_STRIDE + x + 1]; const KEY v17 = in[8 * STAGE_STRIDE + x + 1];
        const KEY v18 = LEAST(v0, v9); const KEY v19 = MOST(v0, v9); const KEY v20 = LEAST(v8, v17);
        const KEY v21 = MOST(v8, v17); const KEY v22 = LEAST(v19, v20);
        const KEY v23 = MOST(v19, v20); const KEY v24 = LEAST(v4, v13);
        const KEY v25 = MOST(v4, v13); const KEY v26 = LEAST(v22, v24);
        const KEY v27 = MOST(v22, v24); const KEY v28 = LEAST(v23, v25);
        const KEY v29 = MOST(v23, v25); const KEY v30 = LEAST(v2, v11);
        const KEY v31 = MOST(v2, v11); const KEY v32 = LEAST(v6, v15);
        const KEY v33 = MOST(v6, v15); const KEY v34 = LEAST(v31, v32);
        const KEY v35 = MOST(v31, v32); const KEY v36 = LEAST(v26, v30);
        const KEY v37 = MOST(v26, v30); const KEY v38 = LEAST(v27, v34);
        const KEY v39 = MOST(v27, v34); const KEY v40 = LEAST(v28, v35);
        const KEY v41 = MOST(v28, v35); const KEY v42 = LEAST(v29, v33);
        const KEY v43 = MOST(v29, v33); const KEY v44 = LEAST(v1, v10);
        const KEY v45 = MOST(v1, v10); const KEY v46 = LEAST(v5, v14);
        const KEY v47 = MOST(v5, v14); const KEY v48 = LEAST(v45, v46);
        const KEY v49 = MOST(v45, v46); const KEY v50 = LEAST(v3, v12);
        const KEY v51 = MOST(v3, v12); const KEY v52 = LEAST(v7, v16);
        const KEY v53 = MOST(v7, v16); const KEY v54 = LEAST(v51, v52);
        const KEY v55 = MOST(v51, v52); const KEY v56 = LEAST(v48, v50);
        const KEY v57 = MOST(v48, v50); const KEY v58 = LEAST(v49, v54);
        const KEY v59 = MOST(v49, v54); const KEY v60 = LEAST(v47, v55);
        const KEY v61 = MOST(v47, v55); const KEY v62 = LEAST(v36, v44);
        const KEY v63 = MOST(v36, v44); const KEY v64 = LEAST(v37, v56);
        const KEY v65 = MOST(v37, v56); const KEY v66 = LEAST(v38, v57);
        const KEY v67 = MOST(v38, v57); const KEY v68 = LEAST(v39, v58);
        const KEY v69 = MOST(v39, v58); const KEY v70 = LEAST(v40, v59);
        const KEY v71 = MOST(v40, v59); const KEY v72 = LEAST(v41, v60);
        const KEY v73 = MOST(v41, v60); const KEY v74 = LEAST(v42, v61);
        const KEY v75 = MOST(v42, v61); const KEY v76 = LEAST(v43, v53);
        const KEY v77 = MOST(v43, v53); out[0 * STAGE_STRIDE + x] = v18;
        out[1 * STAGE_STRIDE + x] = v62; out[2 * STAGE_STRIDE + x] = v63;
        out[3 * STAGE_STRIDE + x] = v64; out[4 * STAGE_STRIDE + x] = v65;
        out[5 * STAGE_STRIDE + x] = v66; out[6 * STAGE_STRIDE + x] = v67;
        out[7 * STAGE_STRIDE + x] = v68; out[8 * STAGE_STRIDE + x] = v69;
        out[9 * STAGE_STRIDE + x] = v70; out[10 * STAGE_STRIDE + x] = v71;
        out[11 * STAGE_STRIDE + x] = v72; out[12 * STAGE_STRIDE + x] = v73;
        out[13 * STAGE_STRIDE + x] = v74; out[14 * STAGE_STRIDE + x] = v75;
        out[15 * STAGE_STRIDE + x] = v76; out[16 * STAGE_STRIDE + x] = v77;
        out[17 * STAGE_STRIDE + x] = v21;
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
        const KEY v15 = in[15 * STAGE_STRIDE + x + 0];
        const KEY v16 = in[16 * STAGE_STRIDE + x + 0];
        const KEY v17 = in[17 * STAGE_STRIDE + x + 0]; const KEY v18 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v19 = in[1 * STAGE_STRIDE + x + 2]; const KEY v20 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v21 = in[3 * STAGE_STRIDE + x + 2]; const KEY v22 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[5 * STAGE_STRIDE + x + 2]; const KEY v24 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v25 = in[7 * STAGE_STRIDE + x + 2]; const KEY v26 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v27 = in[9 * STAGE_STRIDE + x + 2]; const KEY v28 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v29 = in[11 * STAGE_STRIDE + x + 2];
        const KEY v30 = in[12 * STAGE_STRIDE + x + 2];
        const KEY v31 = in[13 * STAGE_STRIDE + x + 2];
        const KEY v32 = in[14 * STAGE_STRIDE + x + 2];
        const KEY v33 = in[15 * STAGE_STRIDE + x + 2];
        const KEY v34 = in[16 * STAGE_STRIDE + x + 2];
        const KEY v35 = in[17 * STAGE_STRIDE + x + 2]; const KEY v36 = LEAST(v0, v18);
        const KEY v37 = MOST(v0, v18); const KEY v38 = LEAST(v16, v34);
        const KEY v39 = MOST(v16, v34); const KEY v40 = LEAST(v37, v38);
        const KEY v41 = MOST(v37, v38); const KEY v42 = LEAST(v8, v26);
        const KEY v43 = MOST(v8, v26); const KEY v44 = LEAST(v40, v42);
        const KEY v45 = MOST(v40, v42); const KEY v46 = LEAST(v41, v43);
        const KEY v47 = MOST(v41, v43); const KEY v48 = LEAST(v4, v22);
        const KEY v49 = MOST(v4, v22); const KEY v50 = LEAST(v12, v30);
        const KEY v51 = MOST(v12, v30); const KEY v52 = LEAST(v49, v50);
        const KEY v53 = MOST(v49, v50); const KEY v54 = LEAST(v44, v48);
        const KEY v55 = MOST(v44, v48); const KEY v56 = LEAST(v45, v52);
        const KEY v57 = MOST(v45, v52); const KEY v58 = LEAST(v46, v53);
        const KEY v59 = MOST(v46, v53); const KEY v60 = LEAST(v47, v51);
        const KEY v61 = MOST(v47, v51); const KEY v62 = LEAST(v2, v20);
        const KEY v63 = MOST(v2, v20); const KEY v64 = LEAST(v10, v28);
        const KEY v65 = MOST(v10, v28); const KEY v66 = LEAST(v63, v64);
        const KEY v67 = MOST(v63, v64); const KEY v68 = LEAST(v6, v24);
        const KEY v69 = MOST(v6, v24); const KEY v70 = LEAST(v14, v32);
        const KEY v71 = MOST(v14, v32); const KEY v72 = LEAST(v69, v70);
        const KEY v73 = MOST(v69, v70); const KEY v74 = LEAST(v66, v68);
        const KEY v75 = MOST(v66, v68); const KEY v76 = LEAST(v67, v72);
        const KEY v77 = MOST(v67, v72); const KEY v78 = LEAST(v65, v73);
        const KEY v79 = MOST(v65, v73); const KEY v80 = LEAST(v54, v62);
        const KEY v81 = MOST(v54, v62); const KEY v82 = LEAST(v55, v74);
        const KEY v83 = MOST(v55, v74); const KEY v84 = LEAST(v56, v75);
        const KEY v85 = MOST(v56, v75); const KEY v86 = LEAST(v57, v76);
        const KEY v87 = MOST(v57, v76); const KEY v88 = LEAST(v58, v77);
        const KEY v89 = MOST(v58, v77); const KEY v90 = LEAST(v59, v78);
        const KEY v91 = MOST(v59, v78); const KEY v92 = LEAST(v60, v79);
        const KEY v93 = MOST(v60, v79); const KEY v94 = LEAST(v61, v71);
        const KEY v95 = MOST(v61, v71); const KEY v96 = LEAST(v1, v19);
        const KEY v97 = MOST(v1, v19); const KEY v98 = LEAST(v17, v35);
        const KEY v99 = MOST(v17, v35); const KEY v100 = LEAST(v97, v98);
        const KEY v101 = MOST(v97, v98); const KEY v102 = LEAST(v9, v27);
        const KEY v103 = MOST(v9, v27); const KEY v104 = LEAST(v100, v102);
        const KEY v105 = MOST(v100, v102); const KEY v106 = LEAST(v101, v103);
        const KEY v107 = MOST(v101, v103); const KEY v108 = LEAST(v5, v23);
        const KEY v109 = MOST(v5, v23); const KEY v110 = LEAST(v13, v31);
        const KEY v111 = MOST(v13, v31); const KEY v112 = LEAST(v109, v110);
        const KEY v113 = MOST(v109, v110); const KEY v114 = LEAST(v104, v108);
        const KEY v115 = MOST(v104, v108); const KEY v116 = LEAST(v105, v112);
        const KEY v117 = MOST(v105, v112); const KEY v118 = LEAST(v106, v113);
        const KEY v119 = MOST(v106, v113); const KEY v120 = LEAST(v107, v111);
        const KEY v121 = MOST(v107, v111); const KEY v122 = LEAST(v3, v21);
        const KEY v123 = MOST(v3, v21); const KEY v124 = LEAST(v11, v29);
        const KEY v125 = MOST(v11, v29); const KEY v126 = LEAST(v123, v124);
        const KEY v127 = MOST(v123, v124); const KEY v128 = LEAST(v7, v25);
        const KEY v129 = MOST(v7, v25); const KEY v130 = LEAST(v15, v33);
        const KEY v131 = MOST(v15, v33); const KEY v132 = LEAST(v129, v130);
        const KEY v133 = MOST(v129, v130); const KEY v134 = LEAST(v126, v128);
        const KEY v135 = MOST(v126, v128); const KEY v136 = LEAST(v127, v132);
        const KEY v137 = MOST(v127, v132); const KEY v138 = LEAST(v125, v133);
        const KEY v139 = MOST(v125, v133); const KEY v140 = LEAST(v114, v122);
        const KEY v141 = MOST(v114, v122); const KEY v142 = LEAST(v115, v134);
        const KEY v143 = MOST(v115, v134); const KEY v144 = LEAST(v116, v135);
        const KEY v145 = MOST(v116, v135); const KEY v146 = LEAST(v117, v136);
        const KEY v147 = MOST(v117, v136); const KEY v148 = LEAST(v118, v137);
        const KEY v149 = MOST(v118, v137); const KEY v150 = LEAST(v119, v138);
        const KEY v151 = MOST(v119, v138); const KEY v152 = LEAST(v120, v139);
        const KEY v153 = MOST(v120, v139); const KEY v154 = LEAST(v121, v131);
        const KEY v155 = MOST(v121, v131); const KEY v156 = LEAST(v80, v96);
        const KEY v157 = MOST(v80, v96); const KEY v158 = LEAST(v81, v140);
        const KEY v159 = MOST(v81, v140); const KEY v160 = LEAST(v82, v141);
        const KEY v161 = MOST(v82, v141); const KEY v162 = LEAST(v83, v142);
        const KEY v163 = MOST(v83, v142); const KEY v164 = LEAST(v84, v143);
        const KEY v165 = MOST(v84, v143); const KEY v166 = LEAST(v85, v144);
        const KEY v167 = MOST(v85, v144); const KEY v168 = LEAST(v86, v145);
        const KEY v169 = MOST(v86, v145); const KEY v170 = LEAST(v87, v146);
        const KEY v171 = MOST(v87, v146); const KEY v172 = LEAST(v88, v147);
        const KEY v173 = MOST(v88, v147); const KEY v174 = LEAST(v89, v148);
        const KEY v175 = MOST(v89, v148); const KEY v176 = LEAST(v90, v149);
        const KEY v177 = MOST(v90, v149); const KEY v178 = LEAST(v91, v150);
        const KEY v179 = MOST(v91, v150); const KEY v180 = LEAST(v92, v151);
        const KEY v181 = MOST(v92, v151); const KEY v182 = LEAST(v93, v152);
        const KEY v183 = MOST(v93, v152); const KEY v184 = LEAST(v94, v153);
        const KEY v185 = MOST(v94, v153); const KEY v186 = LEAST(v95, v154);
        const KEY v187 = MOST(v95, v154); const KEY v188 = LEAST(v39, v155);
        const KEY v189 = MOST(v39, v155); out[0 * STAGE_STRIDE + x] = v36;
        out[1 * STAGE_STRIDE + x] = v156; out[2 * STAGE_STRIDE + x] = v157;
        out[3 * STAGE_STRIDE + x] = v158; out[4 * STAGE_STRIDE + x] = v159;
        out[5 * STAGE_STRIDE + x] = v160; out[6 * STAGE_STRIDE + x] = v161;
        out[7 * STAGE_STRIDE + x] = v162; out[8 * STAGE_STRIDE + x] = v163;
        out[9 * STAGE_STRIDE + x] = v164; out[10 * STAGE_STRIDE + x] = v165;
        out[11 * STAGE_STRIDE + x] = v166; out[12 * STAGE_STRIDE + x] = v167;
        out[13 * STAGE_STRIDE + x] = v168; out[14 * STAGE_STRIDE + x] = v169;
        out[15 * STAGE_STRIDE + x] = v170; out[16 * STAGE_STRIDE + x] = v171;
        out[17 * STAGE_STRIDE + x] = v172; out[18 * STAGE_STRIDE + x] = v173;
        out[19 * STAGE_STRIDE + x] = v174; out[20 * STAGE_STRIDE + x] = v175;
        out[21 * STAGE_STRIDE + x] = v176; out[22 * STAGE_STRIDE + x] = v177;
        out[23 * STAGE_STRIDE + x] = v178; out[24 * STAGE_STRIDE + x] = v179;
        out[25 * STAGE_STRIDE + x] = v180; out[26 * STAGE_STRIDE + x] = v181;
        out[27 * STAGE_STRIDE + x] = v182; out[28 * STAGE_STRIDE + x] = v183;
        out[29 * STAGE_STRIDE + x] = v184; out[30 * STAGE_STRIDE + x] = v185;
        out[31 * STAGE_STRIDE + x] = v186; out[32 * STAGE_STRIDE + x] = v187;
        out[33 * STAGE_STRIDE + x] = v188; out[34 * STAGE_STRIDE + x] = v189;
        out[35 * STAGE_STRIDE + x] = v99;
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
        const KEY v31 = in[31 * STAGE_STRIDE + x + 0];
        const KEY v32 = in[32 * STAGE_STRIDE + x + 0];
        const KEY v33 = in[33 * STAGE_STRIDE + x + 0];
        const KEY v34 = in[34 * STAGE_STRIDE + x + 0];
        const KEY v35 = in[35 * STAGE_STRIDE + x + 0]; const KEY v36 = in[0 * STAGE_STRIDE + x + 4];
        const KEY v37 = in[1 * STAGE_STRIDE + x + 4]; const KEY v38 = in[2 * STAGE_STRIDE + x + 4];
        const KEY v39 = in[3 * STAGE_STRIDE + x + 4]; const KEY v40 = in[4 * STAGE_STRIDE + x + 4];
        const KEY v41 = in[5 * STAGE_STRIDE + x + 4]; const KEY v42 = in[6 * STAGE_STRIDE + x + 4];
        const KEY v43 = in[7 * STAGE_STRIDE + x + 4]; const KEY v44 = in[8 * STAGE_STRIDE + x + 4];
        const KEY v45 = in[9 * STAGE_STRIDE + x + 4]; const KEY v46 = in[10 * STAGE_STRIDE + x + 4];
        const KEY v47 = in[11 * STAGE_STRIDE + x + 4];
        const KEY v48 = in[12 * STAGE_STRIDE + x + 4];
        const KEY v49 = in[13 * STAGE_STRIDE + x + 4];
        const KEY v50 = in[14 * STAGE_STRIDE + x + 4];
        const KEY v51 = in[15 * STAGE_STRIDE + x + 4];
        const KEY v52 = in[16 * STAGE_STRIDE + x + 4];
        const KEY v53 = in[17 * STAGE_STRIDE + x + 4];
        const KEY v54 = in[18 * STAGE_STRIDE + x + 4];
        const KEY v55 = in[19 * STAGE_STRIDE + x + 4];
        const KEY v56 = in[20 * STAGE_STRIDE + x + 4];
        const KEY v57 = in[21 * STAGE_STRIDE + x + 4];
        const KEY v58 = in[22 * STAGE_STRIDE + x + 4];
        const KEY v59 = in[23 * STAGE_STRIDE + x + 4];
        const KEY v60 = in[24 * STAGE_STRIDE + x + 4];
        const KEY v61 = in[25 * STAGE_STRIDE + x + 4];
        const KEY v62 = in[26 * STAGE_STRIDE + x + 4];
        const KEY v63 = in[27 * STAGE_STRIDE + x + 4];
        const KEY v64 = in[28 * STAGE_STRIDE + x + 4];
        const KEY v65 = in[29 * STAGE_STRIDE + x + 4];
        const KEY v66 = in[30 * STAGE_STRIDE + x + 4];
        const KEY v67 = in[31 * STAGE_STRIDE + x + 4];
        const KEY v68 = in[32 * STAGE_STRIDE + x + 4];
        const KEY v69 = in[33 * STAGE_STRIDE + x + 4];
        const KEY v70 = in[34 * STAGE_STRIDE + x + 4];
        const KEY v71 = in[35 * STAGE_STRIDE + x + 4]; const KEY v73 = MOST(v0, v36);
        const KEY v74 = LEAST(v32, v68); const KEY v76 = LEAST(v73, v74);
        const KEY v77 = MOST(v73, v74); const KEY v78 = LEAST(v16, v52);
        const KEY v79 = MOST(v16, v52); const KEY v81 = MOST(v76, v78);
        const KEY v82 = LEAST(v77, v79); const KEY v85 = MOST(v8, v44);
        const KEY v86 = LEAST(v24, v60); const KEY v88 = LEAST(v85, v86);
        const KEY v89 = MOST(v85, v86); const KEY v93 = MOST(v81, v88);
        const KEY v94 = LEAST(v82, v89); const KEY v99 = MOST(v4, v40);
        const KEY v100 = LEAST(v20, v56); const KEY v103 = MOST(v99, v100);
        const KEY v105 = MOST(v12, v48); const KEY v106 = LEAST(v28, v64);
        const KEY v108 = LEAST(v105, v106); const KEY v112 = LEAST(v103, v108);
        const KEY v113 = MOST(v103, v108); const KEY v123 = MOST(v93, v112);
        const KEY v124 = LEAST(v94, v113); const KEY v125 = MOST(v94, v113);
        const KEY v133 = MOST(v2, v38); const KEY v134 = LEAST(v34, v70);
        const KEY v136 = LEAST(v133, v134); const KEY v137 = MOST(v133, v134);
        const KEY v138 = LEAST(v18, v54); const KEY v139 = MOST(v18, v54);
        const KEY v141 = MOST(v136, v138); const KEY v142 = LEAST(v137, v139);
        const KEY v145 = MOST(v10, v46); const KEY v146 = LEAST(v26, v62);
        const KEY v148 = LEAST(v145, v146); const KEY v149 = MOST(v145, v146);
        const KEY v153 = MOST(v141, v148); const KEY v154 = LEAST(v142, v149);
        const KEY v159 = MOST(v6, v42); const KEY v160 = LEAST(v22, v58);
        const KEY v163 = MOST(v159, v160); const KEY v165 = MOST(v14, v50);
        const KEY v166 = LEAST(v30, v66); const KEY v168 = LEAST(v165, v166);
        const KEY v172 = LEAST(v163, v168); const KEY v173 = MOST(v163, v168);
        const KEY v182 = LEAST(v153, v172); const KEY v183 = MOST(v153, v172);
        const KEY v184 = LEAST(v154, v173); const KEY v207 = MOST(v123, v182);
        const KEY v208 = LEAST(v124, v183); const KEY v209 = MOST(v124, v183);
        const KEY v210 = LEAST(v125, v184); const KEY v211 = MOST(v125, v184);
        const KEY v227 = MOST(v1, v37); const KEY v228 = LEAST(v33, v69);
        const KEY v230 = LEAST(v227, v228); const KEY v231 = MOST(v227, v228);
        const KEY v232 = LEAST(v17, v53); const KEY v233 = MOST(v17, v53);
        const KEY v235 = MOST(v230, v232); const KEY v236 = LEAST(v231, v233);
        const KEY v239 = MOST(v9, v45); const KEY v240 = LEAST(v25, v61);
        const KEY v242 = LEAST(v239, v240); const KEY v243 = MOST(v239, v240);
        const KEY v247 = MOST(v235, v242); const KEY v248 = LEAST(v236, v243);
        const KEY v253 = MOST(v5, v41); const KEY v254 = LEAST(v21, v57);
        const KEY v257 = MOST(v253, v254); const KEY v259 = MOST(v13, v49);
        const KEY v260 = LEAST(v29, v65); const KEY v262 = LEAST(v259, v260);
        const KEY v266 = LEAST(v257, v262); const KEY v267 = MOST(v257, v262);
        const KEY v277 = MOST(v247, v266); const KEY v278 = LEAST(v248, v267);
        const KEY v279 = MOST(v248, v267); const KEY v287 = MOST(v3, v39);
        const KEY v288 = LEAST(v35, v71); const KEY v290 = LEAST(v287, v288);
        const KEY v291 = MOST(v287, v288); const KEY v292 = LEAST(v19, v55);
        const KEY v293 = MOST(v19, v55); const KEY v295 = MOST(v290, v292);
        const KEY v296 = LEAST(v291, v293); const KEY v299 = MOST(v11, v47);
        const KEY v300 = LEAST(v27, v63); const KEY v302 = LEAST(v299, v300);
        const KEY v303 = MOST(v299, v300); const KEY v307 = MOST(v295, v302);
        const KEY v308 = LEAST(v296, v303); const KEY v313 = MOST(v7, v43);
        const KEY v314 = LEAST(v23, v59); const KEY v317 = MOST(v313, v314);
        const KEY v319 = MOST(v15, v51); const KEY v320 = LEAST(v31, v67);
        const KEY v322 = LEAST(v319, v320); const KEY v326 = LEAST(v317, v322);
        const KEY v327 = MOST(v317, v322); const KEY v336 = LEAST(v307, v326);
        const KEY v337 = MOST(v307, v326); const KEY v338 = LEAST(v308, v327);
        const KEY v360 = LEAST(v277, v336); const KEY v361 = MOST(v277, v336);
        const KEY v362 = LEAST(v278, v337); const KEY v363 = MOST(v278, v337);
        const KEY v364 = LEAST(v279, v338); const KEY v410 = LEAST(v207, v360);
        const KEY v411 = MOST(v207, v360); const KEY v412 = LEAST(v208, v361);
        const KEY v413 = MOST(v208, v361); const KEY v414 = LEAST(v209, v362);
        const KEY v415 = MOST(v209, v362); const KEY v416 = LEAST(v210, v363);
        const KEY v417 = MOST(v210, v363); const KEY v418 = LEAST(v211, v364);
        const KEY v419 = MOST(v211, v364); out[0 * STAGE_STRIDE + x] = v410;
        out[1 * STAGE_STRIDE + x] = v411; out[2 * STAGE_STRIDE + x] = v412;
        out[3 * STAGE_STRIDE + x] = v413; out[4 * STAGE_STRIDE + x] = v414;
        out[5 * STAGE_STRIDE + x] = v415; out[6 * STAGE_STRIDE + x] = v416;
        out[7 * STAGE_STRIDE + x] = v417; out[8 * STAGE_STRIDE + x] = v418;
        out[9 * STAGE_STRIDE + x] = v419;
    }
}

MIP_TARGET static void MIP_TYPED(median9_last)(const KEY *restrict l8, const KEY *restrict l1, KEY
    *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = l1[0 * STAGE_STRIDE + x + 8]; const KEY v1 = l1[1 * STAGE_STRIDE + x + 8];
        const KEY v2 = l1[2 * STAGE_STRIDE + x + 8]; const KEY v3 = l1[3 * STAGE_STRIDE + x + 8];
        const KEY v4 = l1[4 * STAGE_STRIDE + x + 8]; const KEY v5 = l1[5 * STAGE_STRIDE + x + 8];
        const KEY v6 = l1[6 * STAGE_STRIDE + x + 8]; const KEY v7 = l1[7 * STAGE_STRIDE + x + 8];
        const KEY v8 = l1[8 * STAGE_STRIDE + x + 8]; const KEY v9 = l8[0 * STAGE_STRIDE + x + 0];
        const KEY v10 = l8[1 * STAGE_STRIDE + x + 0]; const KEY v11 = l8[2 * STAGE_STRIDE + x + 0];
        const KEY v12 = l8[3 * STAGE_STRIDE + x + 0]; const KEY v13 = l8[4 * STAGE_STRIDE + x + 0];
        const KEY v14 = l8[5 * STAGE_STRIDE + x + 0]; const KEY v15 = l8[6 * STAGE_STRIDE + x + 0];
        const KEY v16 = l8[7 * STAGE_STRIDE + x + 0]; const KEY v17 = l8[8 * STAGE_STRIDE + x + 0];
        const KEY v18 = l8[9 * STAGE_STRIDE + x + 0]; const KEY v19 = MOST(v8, v9);
        const KEY v20 = MOST(v7, v10); const KEY v21 = MOST(v6, v11); const KEY v22 = MOST(v5, v12);
        const KEY v23 = MOST(v4, v13); const KEY v24 = MOST(v3, v14); const KEY v25 = MOST(v2, v15);
        const KEY v26 = MOST(v1, v16); const KEY v27 = MOST(v0, v17);
        const KEY v28 = LEAST(v19, v20); const KEY v29 = LEAST(v28, v21);
        const KEY v30 = LEAST(v29, v22); const KEY v31 = LEAST(v30, v23);
        const KEY v32 = LEAST(v31, v24); const KEY v33 = LEAST(v32, v25);
        const KEY v34 = LEAST(v33, v26); const KEY v35 = LEAST(v34, v27);
        const KEY v36 = LEAST(v35, v18); out[x] = v36;
    }
}

MIP_TARGET static void MIP_TYPED(median9)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 9 * STAGE_STRIDE;
    KEY *l4 = stage + 27 * STAGE_STRIDE;
    KEY *l8 = stage + 63 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[9];
        for (int i = 0; i < 9; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median9_columns)(at, l1, n + 8);
        MIP_TYPED(median9_of_2)(l1, l2, n + 7);
        MIP_TYPED(median9_of_4)(l2, l4, n + 5);
        MIP_TYPED(median9_of_8)(l4, l8, n + 1);
        MIP_TYPED(median9_last)(l8, l1, out + begin, n);
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
    const KEY *restrict r10 = rows[10];
    for (ptrdiff_t x = 0; x < n; ++x) {
        const KEY v0 = r0[x]; const KEY v1 = r1[x]; const KEY v2 = r2[x]; const KEY v3 = r3[x];
        const KEY v4 = r4[x]; const KEY v5 = r5[x]; const KEY v6 = r6[x]; const KEY v7 = r7[x];
        const KEY v8 = r8[x]; const KEY v9 = r9[x]; const KEY v10 = r10[x];
        const KEY v11 = LEAST(v0, v1); const KEY v12 = MOST(v0, v1); const KEY v13 = LEAST(v3, v4);
        const KEY v14 = MOST(v3, v4); const KEY v15 = LEAST(v2, v13); const KEY v16 = MOST(v2, v13);
        const KEY v17 = LEAST(v16, v14); const KEY v18 = MOST(v16, v14);
        const KEY v19 = LEAST(v11, v15); const KEY v20 = MOST(v11, v15);
        const KEY v21 = LEAST(v20, v18); const KEY v22 = MOST(v20, v18);
        const KEY v23 = LEAST(v12, v17); const KEY v24 = MOST(v12, v17);
        const KEY v25 = LEAST(v21, v23); const KEY v26 = MOST(v21, v23);
        const KEY v27 = LEAST(v22, v24); const KEY v28 = MOST(v22, v24);
        const KEY v29 = LEAST(v6, v7); const KEY v30 = MOST(v6, v7); const KEY v31 = LEAST(v5, v29);
        const KEY v32 = MOST(v5, v29); const KEY v33 = LEAST(v32, v30);
        const KEY v34 = MOST(v32, v30); const KEY v35 = LEAST(v9, v10);
        const KEY v36 = MOST(v9, v10); const KEY v37 = LEAST(v8, v35);
        const KEY v38 = MOST(v8, v35); const KEY v39 = LEAST(v38, v36);
        const KEY v40 = MOST(v38, v36); const KEY v41 = LEAST(v31, v37);
        const KEY v42 = MOST(v31, v37); const KEY v43 = LEAST(v34, v40);
        const KEY v44 = MOST(v34, v40); const KEY v45 = LEAST(v42, v43);
        const KEY v46 = MOST(v42, v43); const KEY v47 = LEAST(v33, v39);
        const KEY v48 = MOST(v33, v39); const KEY v49 = LEAST(v45, v47);
        const KEY v50 = MOST(v45, v47); const KEY v51 = LEAST(v46, v48);
        const KEY v52 = MOST(v46, v48); const KEY v53 = LEAST(v19, v41);
        const KEY v54 = MOST(v19, v41); const KEY v55 = LEAST(v28, v52);
        const KEY v56 = MOST(v28, v52); const KEY v57 = LEAST(v54, v55);
        const KEY v58 = MOST(v54, v55); const KEY v59 = LEAST(v26, v50);
        const KEY v60 = MOST(v26, v50); const KEY v61 = LEAST(v57, v59);
        const KEY v62 = MOST(v57, v59); const KEY v63 = LEAST(v58, v60);
        const KEY v64 = MOST(v58, v60); const KEY v65 = LEAST(v25, v49);
        const KEY v66 = MOST(v25, v49); const KEY v67 = LEAST(v66, v44);
        const KEY v68 = MOST(v66, v44); const KEY v69 = LEAST(v27, v51);
        const KEY v70 = MOST(v27, v51); const KEY v71 = LEAST(v67, v69);
        const KEY v72 = MOST(v67, v69); const KEY v73 = LEAST(v68, v70);
        const KEY v74 = MOST(v68, v70); const KEY v75 = LEAST(v61, v65);
        const KEY v76 = MOST(v61, v65); const KEY v77 = LEAST(v62, v71);
        const KEY v78 = MOST(v62, v71); const KEY v79 = LEAST(v63, v72);
        const KEY v80 = MOST(v63, v72); const KEY v81 = LEAST(v64, v73);
        const KEY v82 = MOST(v64, v73); const KEY v83 = LEAST(v56, v74);
        const KEY v84 = MOST(v56, v74); out[0 * STAGE_STRIDE + x] = v53;
        out[1 * STAGE_STRIDE + x] = v75; out[2 * STAGE_STRIDE + x] = v76;
        out[3 * STAGE_STRIDE + x] = v77; out[4 * STAGE_STRIDE + x] = v78;
        out[5 * STAGE_STRIDE + x] = v79; out[6 * STAGE_STRIDE + x] = v80;
        out[7 * STAGE_STRIDE + x] = v81; out[8 * STAGE_STRIDE + x] = v82;
        out[9 * STAGE_STRIDE + x] = v83; out[10 * STAGE_STRIDE + x] = v84;
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
        const KEY v10 = in[10 * STAGE_STRIDE + x + 0]; const KEY v11 = in[0 * STAGE_STRIDE + x + 1];
        const KEY v12 = in[1 * STAGE_STRIDE + x + 1]; const KEY v13 = in[2 * STAGE_STRIDE + x + 1];
        const KEY v14 = in[3 * STAGE_STRIDE + x + 1]; const KEY v15 = in[4 * STAGE_STRIDE + x + 1];
        const KEY v16 = in[5 * STAGE_STRIDE + x + 1]; const KEY v17 = in[6 * STAGE_STRIDE + x + 1];
        const KEY v18 = in[7 * STAGE_STRIDE + x + 1]; const KEY v19 = in[8 * STAGE_STRIDE + x + 1];
        const KEY v20 = in[9 * STAGE_STRIDE + x + 1]; const KEY v21 = in[10 * STAGE_STRIDE + x + 1];
        const KEY v22 = LEAST(v0, v11); const KEY v23 = MOST(v0, v11);
        const KEY v24 = LEAST(v8, v19); const KEY v25 = MOST(v8, v19);
        const KEY v26 = LEAST(v23, v24); const KEY v27 = MOST(v23, v24);
        const KEY v28 = LEAST(v4, v15); const KEY v29 = MOST(v4, v15);
        const KEY v30 = LEAST(v26, v28); const KEY v31 = MOST(v26, v28);
        const KEY v32 = LEAST(v27, v29); const KEY v33 = MOST(v27, v29);
        const KEY v34 = LEAST(v2, v13); const KEY v35 = MOST(v2, v13);
        const KEY v36 = LEAST(v10, v21); const KEY v37 = MOST(v10, v21);
        const KEY v38 = LEAST(v35, v36); const KEY v39 = MOST(v35, v36);
        const KEY v40 = LEAST(v6, v17); const KEY v41 = MOST(v6, v17);
        const KEY v42 = LEAST(v38, v40); const KEY v43 = MOST(v38, v40);
        const KEY v44 = LEAST(v39, v41); const KEY v45 = MOST(v39, v41);
        const KEY v46 = LEAST(v30, v34); const KEY v47 = MOST(v30, v34);
        const KEY v48 = LEAST(v31, v42); const KEY v49 = MOST(v31, v42);
        const KEY v50 = LEAST(v32, v43); const KEY v51 = MOST(v32, v43);
        const KEY v52 = LEAST(v33, v44); const KEY v53 = MOST(v33, v44);
        const KEY v54 = LEAST(v25, v45); const KEY v55 = MOST(v25, v45);
        const KEY v56 = LEAST(v1, v12); const KEY v57 = MOST(v1, v12);
        const KEY v58 = LEAST(v9, v20); const KEY v59 = MOST(v9, v20);
        const KEY v60 = LEAST(v57, v58); const KEY v61 = MOST(v57, v58);
        const KEY v62 = LEAST(v5, v16); const KEY v63 = MOST(v5, v16);
        const KEY v64 = LEAST(v60, v62); const KEY v65 = MOST(v60, v62);
        const KEY v66 = LEAST(v61, v63); const KEY v67 = MOST(v61, v63);
        const KEY v68 = LEAST(v3, v14); const KEY v69 = MOST(v3, v14);
        const KEY v70 = LEAST(v7, v18); const KEY v71 = MOST(v7, v18);
        const KEY v72 = LEAST(v69, v70); const KEY v73 = MOST(v69, v70);
        const KEY v74 = LEAST(v64, v68); const KEY v75 = MOST(v64, v68);
        const KEY v76 = LEAST(v65, v72); const KEY v77 = MOST(v65, v72);
        const KEY v78 = LEAST(v66, v73); const KEY v79 = MOST(v66, v73);
        const KEY v80 = LEAST(v67, v71); const KEY v81 = MOST(v67, v71);
        const KEY v82 = LEAST(v46, v56); const KEY v83 = MOST(v46, v56);
        const KEY v84 = LEAST(v47, v74); const KEY v85 = MOST(v47, v74);
        const KEY v86 = LEAST(v48, v75); const KEY v87 = MOST(v48, v75);
        const KEY v88 = LEAST(v49, v76); const KEY v89 = MOST(v49, v76);
        const KEY v90 = LEAST(v50, v77); const KEY v91 = MOST(v50, v77);
        const KEY v92 = LEAST(v51, v78); const KEY v93 = MOST(v51, v78);
        const KEY v94 = LEAST(v52, v79); const KEY v95 = MOST(v52, v79);
        const KEY v96 = LEAST(v53, v80); const KEY v97 = MOST(v53, v80);
        const KEY v98 = LEAST(v54, v81); const KEY v99 = MOST(v54, v81);
        const KEY v100 = LEAST(v55, v59); const KEY v101 = MOST(v55, v59);
        out[0 * STAGE_STRIDE + x] = v22; out[1 * STAGE_STRIDE + x] = v82;
        out[2 * STAGE_STRIDE + x] = v83; out[3 * STAGE_STRIDE + x] = v84;
        out[4 * STAGE_STRIDE + x] = v85; out[5 * STAGE_STRIDE + x] = v86;
        out[6 * STAGE_STRIDE + x] = v87; out[7 * STAGE_STRIDE + x] = v88;
        out[8 * STAGE_STRIDE + x] = v89; out[9 * STAGE_STRIDE + x] = v90;
        out[10 * STAGE_STRIDE + x] = v91; out[11 * STAGE_STRIDE + x] = v92;
        out[12 * STAGE_STRIDE + x] = v93; out[13 * STAGE_STRIDE + x] = v94;
        out[14 * STAGE_STRIDE + x] = v95; out[15 * STAGE_STRIDE + x] = v96;
        out[16 * STAGE_STRIDE + x] = v97; out[17 * STAGE_STRIDE + x] = v98;
        out[18 * STAGE_STRIDE + x] = v99; out[19 * STAGE_STRIDE + x] = v100;
        out[20 * STAGE_STRIDE + x] = v101; out[21 * STAGE_STRIDE + x] = v37;
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
        const KEY v19 = in[19 * STAGE_STRIDE + x + 0];
        const KEY v20 = in[20 * STAGE_STRIDE + x + 0];
        const KEY v21 = in[21 * STAGE_STRIDE + x + 0]; const KEY v22 = in[0 * STAGE_STRIDE + x + 2];
        const KEY v23 = in[1 * STAGE_STRIDE + x + 2]; const KEY v24 = in[2 * STAGE_STRIDE + x + 2];
        const KEY v25 = in[3 * STAGE_STRIDE + x + 2]; const KEY v26 = in[4 * STAGE_STRIDE + x + 2];
        const KEY v27 = in[5 * STAGE_STRIDE + x + 2]; const KEY v28 = in[6 * STAGE_STRIDE + x + 2];
        const KEY v29 = in[7 * STAGE_STRIDE + x + 2]; const KEY v30 = in[8 * STAGE_STRIDE + x + 2];
        const KEY v31 = in[9 * STAGE_STRIDE + x + 2]; const KEY v32 = in[10 * STAGE_STRIDE + x + 2];
        const KEY v33 = in[11 * STAGE_STRIDE + x + 2];
        const KEY v34 = in[12 * STAGE_STRIDE + x + 2];
        const KEY v35 = in[13 * STAGE_STRIDE + x + 2];
        const KEY v36 = in[14 * STAGE_STRIDE + x + 2];
        const KEY v37 = in[15 * STAGE_STRIDE + x + 2];
        const KEY v38 = in[16 * STAGE_STRIDE + x + 2];
        const KEY v39 = in[17 * STAGE_STRIDE + x + 2];
        const KEY v40 = in[18 * STAGE_STRIDE + x + 2];
        const KEY v41 = in[19 * STAGE_STRIDE + x + 2];
        const KEY v42 = in[20 * STAGE_STRIDE + x + 2];
        const KEY v43 = in[21 * STAGE_STRIDE + x + 2]; const KEY v44 = LEAST(v0, v22);
        const KEY v45 = MOST(v0, v22); const KEY v46 = LEAST(v16, v38);
        const KEY v47 = MOST(v16, v38); const KEY v48 = LEAST(v45, v46);
        const KEY v49 = MOST(v45, v46); const KEY v50 = LEAST(v8, v30);
        const KEY v51 = MOST(v8, v30); const KEY v52 = LEAST(v48, v50);
        const KEY v53 = MOST(v48, v50); const KEY v54 = LEAST(v49, v51);
        const KEY v55 = MOST(v49, v51); const KEY v56 = LEAST(v4, v26);
        const KEY v57 = MOST(v4, v26); const KEY v58 = LEAST(v20, v42);
        const KEY v59 = MOST(v20, v42); const KEY v60 = LEAST(v57, v58);
        const KEY v61 = MOST(v57, v58); const KEY v62 = LEAST(v12, v34);
        const KEY v63 = MOST(v12, v34); const KEY v64 = LEAST(v60, v62);
        const KEY v65 = MOST(v60, v62); const KEY v66 = LEAST(v61, v63);
        const KEY v67 = MOST(v61, v63); const KEY v68 = LEAST(v52, v56);
        const KEY v69 = MOST(v52, v56); const KEY v70 = LEAST(v53, v64);
        const KEY v71 = MOST(v53, v64); const KEY v72 = LEAST(v54, v65);
        const KEY v73 = MOST(v54, v65); const KEY v74 = LEAST(v55, v66);
        const KEY v75 = MOST(v55, v66); const KEY v76 = LEAST(v47, v67);
        const KEY v77 = MOST(v47, v67); const KEY v78 = LEAST(v2, v24);
        const KEY v79 = MOST(v2, v24); const KEY v80 = LEAST(v18, v40);
        const KEY v81 = MOST(v18, v40); const KEY v82 = LEAST(v79, v80);
        const KEY v83 = MOST(v79, v80); const KEY v84 = LEAST(v10, v32);
        const KEY v85 = MOST(v10, v32); const KEY v86 = LEAST(v82, v84);
        const KEY v87 = MOST(v82, v84); const KEY v88 = LEAST(v83, v85);
        const KEY v89 = MOST(v83, v85); const KEY v90 = LEAST(v6, v28);
        const KEY v91 = MOST(v6, v28); const KEY v92 = LEAST(v14, v36);
        const KEY v93 = MOST(v14, v36); const KEY v94 = LEAST(v91, v92);
        const KEY v95 = MOST(v91, v92); const KEY v96 = LEAST(v86, v90);
        const KEY v97 = MOST(v86, v90); const KEY v98 = LEAST(v87, v94);
        const KEY v99 = MOST(v87, v94); const KEY v100 = LEAST(v88, v95);
        const KEY v101 = MOST(v88, v95); const KEY v102 = LEAST(v89, v93);
        const KEY v103 = MOST(v89, v93); const KEY v104 = LEAST(v68, v78);
        const KEY v105 = MOST(v68, v78); const KEY v106 = LEAST(v69, v96);
        const KEY v107 = MOST(v69, v96); const KEY v108 = LEAST(v70, v97);
        const KEY v109 = MOST(v70, v97); const KEY v110 = LEAST(v71, v98);
        const KEY v111 = MOST(v71, v98); const KEY v112 = LEAST(v72, v99);
        const KEY v113 = MOST(v72, v99); const KEY v114 = LEAST(v73, v100);
        const KEY v115 = MOST(v73, v100); const KEY v116 = LEAST(v74, v101);
        const KEY v117 = MOST(v74, v101); const KEY v118 = LEAST(v75, v102);
        const KEY v119 = MOST(v75, v102); const KEY v120 = LEAST(v76, v103);
        const KEY v121 = MOST(v76, v103); const KEY v122 = LEAST(v77, v81);
        const KEY v123 = MOST(v77, v81); const KEY v124 = LEAST(v1, v23);
        const KEY v125 = MOST(v1, v23); const KEY v126 = LEAST(v17, v39);
        const KEY v127 = MOST(v17, v39); const KEY v128 = LEAST(v125, v126);
        const KEY v129 = MOST(v125, v126); const KEY v130 = LEAST(v9, v31);
        const KEY v131 = MOST(v9, v31); const KEY v132 = LEAST(v128, v130);
        const KEY v133 = MOST(v128, v130); const KEY v134 = LEAST(v129, v131);
        const KEY v135 = MOST(v129, v131); const KEY v136 = LEAST(v5, v27);
        const KEY v137 = MOST(v5, v27); const KEY v138 = LEAST(v21, v43);
        const KEY v139 = MOST(v21, v43); const KEY v140 = LEAST(v137, v138);
        const KEY v141 = MOST(v137, v138); const KEY v142 = LEAST(v13, v35);
        const KEY v143 = MOST(v13, v35); const KEY v144 = LEAST(v140, v142);
        const KEY v145 = MOST(v140, v142); const KEY v146 = LEAST(v141, v143);
        const KEY v147 = MOST(v141, v143); const KEY v148 = LEAST(v132, v136);
        const KEY v149 = MOST(v132, v136); const KEY v150 = LEAST(v133, v144);
        const KEY v151 = MOST(v133, v144); const KEY v152 = LEAST(v134, v145);
        const KEY v153 = MOST(v134, v145); const KEY v154 = LEAST(v135, v146);
        const KEY v155 = MOST(v135, v146); const KEY v156 = LEAST(v127, v147);
        const KEY v157 = MOST(v127, v147); const KEY v158 = LEAST(v3, v25);
        const KEY v159 = MOST(v3, v25); const KEY v160 = LEAST(v19, v41);
        const KEY v161 = MOST(v19, v41); const KEY v162 = LEAST(v159, v160);
        const KEY v163 = MOST(v159, v160); const KEY v164 = LEAST(v11, v33);
        const KEY v165 = MOST(v11, v33); const KEY v166 = LEAST(v162, v164);
        const KEY v167 = MOST(v162, v164); const KEY v168 = LEAST(v163, v165);
        const KEY v169 = MOST(v163, v165); const KEY v170 = LEAST(v7, v29);
        const KEY v171 = MOST(v7, v29); const KEY v172 = LEAST(v15, v37);
        const KEY v173 = MOST(v15, v37); const KEY v174 = LEAST(v171, v172);
        const KEY v175 = MOST(v171, v172); const KEY v176 = LEAST(v166, v170);
        const KEY v177 = MOST(v166, v170); const KEY v178 = LEAST(v167, v174);
        const KEY v179 = MOST(v167, v174); const KEY v180 = LEAST(v168, v175);
        const KEY v181 = MOST(v168, v175); const KEY v182 = LEAST(v169, v173);
        const KEY v183 = MOST(v169, v173); const KEY v184 = LEAST(v148, v158);
        const KEY v185 = MOST(v148, v158); const KEY v186 = LEAST(v149, v176);
        const KEY v187 = MOST(v149, v176); const KEY v188 = LEAST(v150, v177);
        const KEY v189 = MOST(v150, v177); const KEY v190 = LEAST(v151, v178);
        const KEY v191 = MOST(v151, v178); const KEY v192 = LEAST(v152, v179);
        const KEY v193 = MOST(v152, v179); const KEY v194 = LEAST(v153, v180);
        const KEY v195 = MOST(v153, v180); const KEY v196 = LEAST(v154, v181);
        const KEY v197 = MOST(v154, v181); const KEY v198 = LEAST(v155, v182);
        const KEY v199 = MOST(v155, v182); const KEY v200 = LEAST(v156, v183);
        const KEY v201 = MOST(v156, v183); const KEY v202 = LEAST(v157, v161);
        const KEY v203 = MOST(v157, v161); const KEY v204 = LEAST(v104, v124);
        const KEY v205 = MOST(v104, v124); const KEY v206 = LEAST(v105, v184);
        const KEY v207 = MOST(v105, v184); const KEY v208 = LEAST(v106, v185);
        const KEY v209 = MOST(v106, v185); const KEY v210 = LEAST(v107, v186);
        const KEY v211 = MOST(v107, v186); const KEY v212 = LEAST(v108, v187);
        const KEY v213 = MOST(v108, v187); const KEY v214 = LEAST(v109, v188);
        const KEY v215 = MOST(v109, v188); const KEY v216 = LEAST(v110, v189);
        const KEY v217 = MOST(v110, v189); const KEY v218 = LEAST(v111, v190);
        const KEY v219 = MOST(v111, v190); const KEY v220 = LEAST(v112, v191);
        const KEY v221 = MOST(v112, v191); const KEY v222 = LEAST(v113, v192);
        const KEY v223 = MOST(v113, v192); const KEY v224 = LEAST(v114, v193);
        const KEY v225 = MOST(v114, v193); const KEY v226 = LEAST(v115, v194);
        const KEY v227 = MOST(v115, v194); const KEY v228 = LEAST(v116, v195);
        const KEY v229 = MOST(v116, v195); const KEY v230 = LEAST(v117, v196);
        const KEY v231 = MOST(v117, v196); const KEY v232 = LEAST(v118, v197);
        const KEY v233 = MOST(v118, v197); const KEY v234 = LEAST(v119, v198);
        const KEY v235 = MOST(v119, v198); const KEY v236 = LEAST(v120, v199);
        const KEY v237 = MOST(v120, v199); const KEY v238 = LEAST(v121, v200);
        const KEY v239 = MOST(v121, v200); const KEY v240 = LEAST(v122, v201);
        const KEY v241 = MOST(v122, v201); const KEY v242 = LEAST(v123, v202);
        const KEY v243 = MOST(v123, v202); const KEY v244 = LEAST(v59, v203);
        const KEY v245 = MOST(v59, v203); out[0 * STAGE_STRIDE + x] = v44;
        out[1 * STAGE_STRIDE + x] = v204; out[2 * STAGE_STRIDE + x] = v205;
        out[3 * STAGE_STRIDE + x] = v206; out[4 * STAGE_STRIDE + x] = v207;
        out[5 * STAGE_STRIDE + x] = v208; out[6 * STAGE_STRIDE + x] = v209;
        out[7 * STAGE_STRIDE + x] = v210; out[8 * STAGE_STRIDE + x] = v211;
        out[9 * STAGE_STRIDE + x] = v212; out[10 * STAGE_STRIDE + x] = v213;
        out[11 * STAGE_STRIDE + x] = v214; out[12 * STAGE_STRIDE + x] = v215;
        out[13 * STAGE_STRIDE + x] = v216; out[14 * STAGE_STRIDE + x] = v217;
        out[15 * STAGE_STRIDE + x] = v218; out[16 * STAGE_STRIDE + x] = v219;
        out[17 * STAGE_STRIDE + x] = v220; out[18 * STAGE_STRIDE + x] = v221;
        out[19 * STAGE_STRIDE + x] = v222; out[20 * STAGE_STRIDE + x] = v223;
        out[21 * STAGE_STRIDE + x] = v224; out[22 * STAGE_STRIDE + x] = v225;
        out[23 * STAGE_STRIDE + x] = v226; out[24 * STAGE_STRIDE + x] = v227;
        out[25 * STAGE_STRIDE + x] = v228; out[26 * STAGE_STRIDE + x] = v229;
        out[27 * STAGE_STRIDE + x] = v230; out[28 * STAGE_STRIDE + x] = v231;
        out[29 * STAGE_STRIDE + x] = v232; out[30 * STAGE_STRIDE + x] = v233;
        out[31 * STAGE_STRIDE + x] = v234; out[32 * STAGE_STRIDE + x] = v235;
        out[33 * STAGE_STRIDE + x] = v236; out[34 * STAGE_STRIDE + x] = v237;
        out[35 * STAGE_STRIDE + x] = v238; out[36 * STAGE_STRIDE + x] = v239;
        out[37 * STAGE_STRIDE + x] = v240; out[38 * STAGE_STRIDE + x] = v241;
        out[39 * STAGE_STRIDE + x] = v242; out[40 * STAGE_STRIDE + x] = v243;
        out[41 * STAGE_STRIDE + x] = v244; out[42 * STAGE_STRIDE + x] = v245;
        out[43 * STAGE_STRIDE + x] = v139;
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
        const KEY v39 = in[39 * STAGE_STRIDE + x + 0];
        const KEY v40 = in[40 * STAGE_STRIDE + x + 0];
        const KEY v41 = in[41 * STAGE_STRIDE + x + 0];
        const KEY v42 = in[42 * STAGE_STRIDE + x + 0];
        const KEY v43 = in[43 * STAGE_STRIDE + x + 0]; const KEY v44 = in[0 * STAGE_STRIDE + x + 4];
        const KEY v45 = in[1 * STAGE_STRIDE + x + 4]; const KEY v46 = in[2 * STAGE_STRIDE + x + 4];
        const KEY v47 = in[3 * STAGE_STRIDE + x + 4]; const KEY v48 = in[4 * STAGE_STRIDE + x + 4];
        const KEY v49 = in[5 * STAGE_STRIDE + x + 4]; const KEY v50 = in[6 * STAGE_STRIDE + x + 4];
        const KEY v51 = in[7 * STAGE_STRIDE + x + 4]; const KEY v52 = in[8 * STAGE_STRIDE + x + 4];
        const KEY v53 = in[9 * STAGE_STRIDE + x + 4]; const KEY v54 = in[10 * STAGE_STRIDE + x + 4];
        const KEY v55 = in[11 * STAGE_STRIDE + x + 4];
        const KEY v56 = in[12 * STAGE_STRIDE + x + 4];
        const KEY v57 = in[13 * STAGE_STRIDE + x + 4];
        const KEY v58 = in[14 * STAGE_STRIDE + x + 4];
        const KEY v59 = in[15 * STAGE_STRIDE + x + 4];
        const KEY v60 = in[16 * STAGE_STRIDE + x + 4];
        const KEY v61 = in[17 * STAGE_STRIDE + x + 4];
        const KEY v62 = in[18 * STAGE_STRIDE + x + 4];
        const KEY v63 = in[19 * STAGE_STRIDE + x + 4];
        const KEY v64 = in[20 * STAGE_STRIDE + x + 4];
        const KEY v65 = in[21 * STAGE_STRIDE + x + 4];
        const KEY v66 = in[22 * STAGE_STRIDE + x + 4];
        const KEY v67 = in[23 * STAGE_STRIDE + x + 4];
        const KEY v68 = in[24 * STAGE_STRIDE + x + 4];
        const KEY v69 = in[25 * STAGE_STRIDE + x + 4];
        const KEY v70 = in[26 * STAGE_STRIDE + x + 4];
        const KEY v71 = in[27 * STAGE_STRIDE + x + 4];
        const KEY v72 = in[28 * STAGE_STRIDE + x + 4];
        const KEY v73 = in[29 * STAGE_STRIDE + x + 4];
        const KEY v74 = in[30 * STAGE_STRIDE + x + 4];
        const KEY v75 = in[31 * STAGE_STRIDE + x + 4];
        const KEY v76 = in[32 * STAGE_STRIDE + x + 4];
        const KEY v77 = in[33 * STAGE_STRIDE + x + 4];
        const KEY v78 = in[34 * STAGE_STRIDE + x + 4];
        const KEY v79 = in[35 * STAGE_STRIDE + x + 4];
        const KEY v80 = in[36 * STAGE_STRIDE + x + 4];
        const KEY v81 = in[37 * STAGE_STRIDE + x + 4];
        const KEY v82 = in[38 * STAGE_STRIDE + x + 4];
        const KEY v83 = in[39 * STAGE_STRIDE + x + 4];
        const KEY v84 = in[40 * STAGE_STRIDE + x + 4];
        const KEY v85 = in[41 * STAGE_STRIDE + x + 4];
        const KEY v86 = in[42 * STAGE_STRIDE + x + 4];
        const KEY v87 = in[43 * STAGE_STRIDE + x + 4]; const KEY v89 = MOST(v0, v44);
        const KEY v90 = LEAST(v32, v76); const KEY v92 = LEAST(v89, v90);
        const KEY v93 = MOST(v89, v90); const KEY v94 = LEAST(v16, v60);
        const KEY v95 = MOST(v16, v60); const KEY v97 = MOST(v92, v94);
        const KEY v98 = LEAST(v93, v95); const KEY v99 = MOST(v93, v95);
        const KEY v101 = MOST(v8, v52); const KEY v102 = LEAST(v40, v84);
        const KEY v104 = LEAST(v101, v102); const KEY v105 = MOST(v101, v102);
        const KEY v106 = LEAST(v24, v68); const KEY v107 = MOST(v24, v68);
        const KEY v108 = LEAST(v104, v106); const KEY v109 = MOST(v104, v106);
        const KEY v110 = LEAST(v105, v107); const KEY v115 = MOST(v97, v108);
        const KEY v116 = LEAST(v98, v109); const KEY v117 = MOST(v98, v109);
        const KEY v118 = LEAST(v99, v110); const KEY v119 = MOST(v99, v110);
        const KEY v123 = MOST(v4, v48); const KEY v124 = LEAST(v36, v80);
        const KEY v126 = LEAST(v123, v124); const KEY v127 = MOST(v123, v124);
        const KEY v128 = LEAST(v20, v64); const KEY v129 = MOST(v20, v64);
        const KEY v131 = MOST(v126, v128); const KEY v132 = LEAST(v127, v129);
        const KEY v133 = MOST(v127, v129); const KEY v135 = MOST(v12, v56);
        const KEY v136 = LEAST(v28, v72); const KEY v137 = MOST(v28, v72);
        const KEY v138 = LEAST(v135, v136); const KEY v139 = MOST(v135, v136);
        const KEY v142 = LEAST(v131, v138); const KEY v143 = MOST(v131, v138);
        const KEY v144 = LEAST(v132, v139); const KEY v145 = MOST(v132, v139);
        const KEY v146 = LEAST(v133, v137); const KEY v154 = LEAST(v115, v142);
        const KEY v155 = MOST(v115, v142); const KEY v156 = LEAST(v116, v143);
        const KEY v157 = MOST(v116, v143); const KEY v158 = LEAST(v117, v144);
        const KEY v159 = MOST(v117, v144); const KEY v160 = LEAST(v118, v145);
        const KEY v161 = MOST(v118, v145); const KEY v162 = LEAST(v119, v146);
        const KEY v169 = MOST(v2, v46); const KEY v170 = LEAST(v34, v78);
        const KEY v172 = LEAST(v169, v170); const KEY v173 = MOST(v169, v170);
        const KEY v174 = LEAST(v18, v62); const KEY v175 = MOST(v18, v62);
        const KEY v177 = MOST(v172, v174); const KEY v178 = LEAST(v173, v175);
        const KEY v179 = MOST(v173, v175); const KEY v181 = MOST(v10, v54);
        const KEY v182 = LEAST(v42, v86); const KEY v184 = LEAST(v181, v182);
        const KEY v185 = MOST(v181, v182); const KEY v186 = LEAST(v26, v70);
        const KEY v187 = MOST(v26, v70); const KEY v188 = LEAST(v184, v186);
        const KEY v189 = MOST(v184, v186); const KEY v190 = LEAST(v185, v187);
        const KEY v194 = LEAST(v177, v188); const KEY v195 = MOST(v177, v188);
        const KEY v196 = LEAST(v178, v189); const KEY v197 = MOST(v178, v189);
        const KEY v198 = LEAST(v179, v190); const KEY v203 = MOST(v6, v50);
        const KEY v204 = LEAST(v38, v82); const KEY v206 = LEAST(v203, v204);
        const KEY v207 = MOST(v203, v204); const KEY v208 = LEAST(v22, v66);
        const KEY v209 = MOST(v22, v66); const KEY v210 = LEAST(v206, v208);
        const KEY v211 = MOST(v206, v208); const KEY v212 = LEAST(v207, v209);
        const KEY v214 = LEAST(v14, v58); const KEY v215 = MOST(v14, v58);
        const KEY v216 = LEAST(v30, v74); const KEY v218 = LEAST(v215, v216);
        const KEY v219 = MOST(v215, v216); const KEY v221 = MOST(v210, v214);
        const KEY v222 = LEAST(v211, v218); const KEY v223 = MOST(v211, v218);
        const KEY v224 = LEAST(v212, v219); const KEY v225 = MOST(v212, v219);
        const KEY v233 = MOST(v194, v221); const KEY v234 = LEAST(v195, v222);
        const KEY v235 = MOST(v195, v222); const KEY v236 = LEAST(v196, v223);
        const KEY v237 = MOST(v196, v223); const KEY v238 = LEAST(v197, v224);
        const KEY v239 = MOST(v197, v224); const KEY v240 = LEAST(v198, v225);
        const KEY v241 = MOST(v198, v225); const KEY v261 = MOST(v154, v233);
        const KEY v262 = LEAST(v155, v234); const KEY v263 = MOST(v155, v234);
        const KEY v264 = LEAST(v156, v235); const KEY v265 = MOST(v156, v235);
        const KEY v266 = LEAST(v157, v236); const KEY v267 = MOST(v157, v236);
        const KEY v268 = LEAST(v158, v237); const KEY v269 = MOST(v158, v237);
        const KEY v270 = LEAST(v159, v238); const KEY v271 = MOST(v159, v238);
        const KEY v272 = LEAST(v160, v239); const KEY v273 = MOST(v160, v239);
        const KEY v274 = LEAST(v161, v240); const KEY v275 = MOST(v161, v240);
        const KEY v276 = LEAST(v162, v241); const KEY v277 = MOST(v162, v241);
        const KEY v291 = MOST(v1, v45); const KEY v292 = LEAST(v33, v77);
        const KEY v294 = LEAST(v291, v292); const KEY v295 = MOST(v291, v292);
        const KEY v296 = LEAST(v17, v61); const KEY v297 = MOST(v17, v61);
        const KEY v299 = MOST(v294, v296); const KEY v300 = LEAST(v295, v297);
        const KEY v301 = MOST(v295, v297); const KEY v303 = MOST(v9, v53);
        const KEY v304 = LEAST(v41, v85); const KEY v306 = LEAST(v303, v304);
        const KEY v307 = MOST(v303, v304); const KEY v308 = LEAST(v25, v69);
        const KEY v309 = MOST(v25, v69); const KEY v310 = LEAST(v306, v308);
        const KEY v311 = MOST(v306, v308); const KEY v312 = LEAST(v307, v309);
        const KEY v317 = MOST(v299, v310); const KEY v318 = LEAST(v300, v311);
        const KEY v319 = MOST(v300, v311); const KEY v320 = LEAST(v301, v312);
        const KEY v321 = MOST(v301, v312); const KEY v325 = MOST(v5, v49);
        const KEY v326 = LEAST(v37, v81); const KEY v328 = LEAST(v325, v326);
        const KEY v329 = MOST(v325, v326); const KEY v330 = LEAST(v21, v65);
        const KEY v331 = MOST(v21, v65); const KEY v333 = MOST(v328, v330);
        const KEY v334 = LEAST(v329, v331); const KEY v335 = MOST(v329, v331);
        const KEY v337 = MOST(v13, v57); const KEY v338 = LEAST(v29, v73);
        const KEY v339 = MOST(v29, v73); const KEY v340 = LEAST(v337, v338);
        const KEY v341 = MOST(v337, v338); const KEY v344 = LEAST(v333, v340);
        const KEY v345 = MOST(v333, v340); const KEY v346 = LEAST(v334, v341);
        const KEY v347 = MOST(v334, v341); const KEY v348 = LEAST(v335, v339);
        const KEY v356 = LEAST(v317, v344); const KEY v357 = MOST(v317, v344);
        const KEY v358 = LEAST(v318, v345); const KEY v359 = MOST(v318, v345);
        const KEY v360 = LEAST(v319, v346); const KEY v361 = MOST(v319, v346);
        const KEY v362 = LEAST(v320, v347); const KEY v363 = MOST(v320, v347);
        const KEY v364 = LEAST(v321, v348); const KEY v371 = MOST(v3, v47);
        const KEY v372 = LEAST(v35, v79); const KEY v374 = LEAST(v371, v372);
        const KEY v375 = MOST(v371, v372); const KEY v376 = LEAST(v19, v63);
        const KEY v377 = MOST(v19, v63); const KEY v379 = MOST(v374, v376);
        const KEY v380 = LEAST(v375, v377); const KEY v381 = MOST(v375, v377);
        const KEY v383 = MOST(v11, v55); const KEY v384 = LEAST(v43, v87);
        const KEY v386 = LEAST(v383, v384); const KEY v387 = MOST(v383, v384);
        const KEY v388 = LEAST(v27, v71); const KEY v389 = MOST(v27, v71);
        const KEY v390 = LEAST(v386, v388); const KEY v391 = MOST(v386, v388);
        const KEY v392 = LEAST(v387, v389); const KEY v396 = LEAST(v379, v390);
        const KEY v397 = MOST(v379, v390); const KEY v398 = LEAST(v380, v391);
        const KEY v399 = MOST(v380, v391); const KEY v400 = LEAST(v381, v392);
        const KEY v405 = MOST(v7, v51); const KEY v406 = LEAST(v39, v83);
        const KEY v408 = LEAST(v405, v406); const KEY v409 = MOST(v405, v406);
        const KEY v410 = LEAST(v23, v67); const KEY v411 = MOST(v23, v67);
        const KEY v412 = LEAST(v408, v410); const KEY v413 = MOST(v408, v410);
        const KEY v414 = LEAST(v409, v411); const KEY v416 = LEAST(v15, v59);
        const KEY v417 = MOST(v15, v59); const KEY v418 = LEAST(v31, v75);
        const KEY v420 = LEAST(v417, v418); const KEY v421 = MOST(v417, v418);
        const KEY v423 = MOST(v412, v416); const KEY v424 = LEAST(v413, v420);
        const KEY v425 = MOST(v413, v420); const KEY v426 = LEAST(v414, v421);
        const KEY v427 = MOST(v414, v421); const KEY v435 = MOST(v396, v423);
        const KEY v436 = LEAST(v397, v424); const KEY v437 = MOST(v397, v424);
        const KEY v438 = LEAST(v398, v425); const KEY v439 = MOST(v398, v425);
        const KEY v440 = LEAST(v399, v426); const KEY v441 = MOST(v399, v426);
        const KEY v442 = LEAST(v400, v427); const KEY v443 = MOST(v400, v427);
        const KEY v462 = LEAST(v356, v435); const KEY v463 = MOST(v356, v435);
        const KEY v464 = LEAST(v357, v436); const KEY v465 = MOST(v357, v436);
        const KEY v466 = LEAST(v358, v437); const KEY v467 = MOST(v358, v437);
        const KEY v468 = LEAST(v359, v438); const KEY v469 = MOST(v359, v438);
        const KEY v470 = LEAST(v360, v439); const KEY v471 = MOST(v360, v439);
        const KEY v472 = LEAST(v361, v440); const KEY v473 = MOST(v361, v440);
        const KEY v474 = LEAST(v362, v441); const KEY v475 = MOST(v362, v441);
        const KEY v476 = LEAST(v363, v442); const KEY v477 = MOST(v363, v442);
        const KEY v478 = LEAST(v364, v443); const KEY v518 = LEAST(v261, v462);
        const KEY v519 = MOST(v261, v462); const KEY v520 = LEAST(v262, v463);
        const KEY v521 = MOST(v262, v463); const KEY v522 = LEAST(v263, v464);
        const KEY v523 = MOST(v263, v464); const KEY v524 = LEAST(v264, v465);
        const KEY v525 = MOST(v264, v465); const KEY v526 = LEAST(v265, v466);
        const KEY v527 = MOST(v265, v466); const KEY v528 = LEAST(v266, v467);
        const KEY v529 = MOST(v266, v467); const KEY v530 = LEAST(v267, v468);
        const KEY v531 = MOST(v267, v468); const KEY v532 = LEAST(v268, v469);
        const KEY v533 = MOST(v268, v469); const KEY v534 = LEAST(v269, v470);
        const KEY v535 = MOST(v269, v470); const KEY v536 = LEAST(v270, v471);
        const KEY v537 = MOST(v270, v471); const KEY v538 = LEAST(v271, v472);
        const KEY v539 = MOST(v271, v472); const KEY v540 = LEAST(v272, v473);
        const KEY v541 = MOST(v272, v473); const KEY v542 = LEAST(v273, v474);
        const KEY v543 = MOST(v273, v474); const KEY v544 = LEAST(v274, v475);
        const KEY v545 = MOST(v274, v475); const KEY v546 = LEAST(v275, v476);
        const KEY v547 = MOST(v275, v476); const KEY v548 = LEAST(v276, v477);
        const KEY v549 = MOST(v276, v477); const KEY v550 = LEAST(v277, v478);
        const KEY v551 = MOST(v277, v478); out[0 * STAGE_STRIDE + x] = v518;
        out[1 * STAGE_STRIDE + x] = v519; out[2 * STAGE_STRIDE + x] = v520;
        out[3 * STAGE_STRIDE + x] = v521; out[4 * STAGE_STRIDE + x] = v522;
        out[5 * STAGE_STRIDE + x] = v523; out[6 * STAGE_STRIDE + x] = v524;
        out[7 * STAGE_STRIDE + x] = v525; out[8 * STAGE_STRIDE + x] = v526;
        out[9 * STAGE_STRIDE + x] = v527; out[10 * STAGE_STRIDE + x] = v528;
        out[11 * STAGE_STRIDE + x] = v529; out[12 * STAGE_STRIDE + x] = v530;
        out[13 * STAGE_STRIDE + x] = v531; out[14 * STAGE_STRIDE + x] = v532;
        out[15 * STAGE_STRIDE + x] = v533; out[16 * STAGE_STRIDE + x] = v534;
        out[17 * STAGE_STRIDE + x] = v535; out[18 * STAGE_STRIDE + x] = v536;
        out[19 * STAGE_STRIDE + x] = v537; out[20 * STAGE_STRIDE + x] = v538;
        out[21 * STAGE_STRIDE + x] = v539; out[22 * STAGE_STRIDE + x] = v540;
        out[23 * STAGE_STRIDE + x] = v541; out[24 * STAGE_STRIDE + x] = v542;
        out[25 * STAGE_STRIDE + x] = v543; out[26 * STAGE_STRIDE + x] = v544;
        out[27 * STAGE_STRIDE + x] = v545; out[28 * STAGE_STRIDE + x] = v546;
        out[29 * STAGE_STRIDE + x] = v547; out[30 * STAGE_STRIDE + x] = v548;
        out[31 * STAGE_STRIDE + x] = v549; out[32 * STAGE_STRIDE + x] = v550;
        out[33 * STAGE_STRIDE + x] = v551;
    }
}

MIP_TARGET static void MIP_TYPED(median11_last)(const KEY *restrict l8, const KEY *restrict l2,
    const KEY *restrict l1, KEY *restrict out, ptrdiff_t n)
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
        const KEY v20 = l2[20 * STAGE_STRIDE + x + 8];
        const KEY v21 = l2[21 * STAGE_STRIDE + x + 8];
        const KEY v22 = l1[0 * STAGE_STRIDE + x + 10];
        const KEY v23 = l1[1 * STAGE_STRIDE + x + 10];
        const KEY v24 = l1[2 * STAGE_STRIDE + x + 10];
        const KEY v25 = l1[3 * STAGE_STRIDE + x + 10];
        const KEY v26 = l1[4 * STAGE_STRIDE + x + 10];
        const KEY v27 = l1[5 * STAGE_STRIDE + x + 10];
        const KEY v28 = l1[6 * STAGE_STRIDE + x + 10];
        const KEY v29 = l1[7 * STAGE_STRIDE + x + 10];
        const KEY v30 = l1[8 * STAGE_STRIDE + x + 10];
        const KEY v31 = l1[9 * STAGE_STRIDE + x + 10];
        const KEY v32 = l1[10 * STAGE_STRIDE + x + 10]; const KEY v33 = LEAST(v0, v22);
        const KEY v34 = MOST(v0, v22); const KEY v35 = LEAST(v34, v16);
        const KEY v36 = MOST(v34, v16); const KEY v37 = LEAST(v8, v30);
        const KEY v38 = MOST(v8, v30); const KEY v39 = LEAST(v35, v37);
        const KEY v40 = MOST(v35, v37); const KEY v41 = LEAST(v36, v38);
        const KEY v42 = MOST(v36, v38); const KEY v43 = LEAST(v4, v26);
        const KEY v44 = MOST(v4, v26); const KEY v45 = LEAST(v44, v20);
        const KEY v46 = MOST(v44, v20); const KEY v47 = LEAST(v45, v12);
        const KEY v48 = MOST(v45, v12); const KEY v49 = LEAST(v39, v43);
        const KEY v50 = MOST(v39, v43); const KEY v51 = LEAST(v40, v47);
        const KEY v52 = MOST(v40, v47); const KEY v53 = LEAST(v41, v48);
        const KEY v54 = MOST(v41, v48); const KEY v55 = LEAST(v42, v46);
        const KEY v56 = MOST(v42, v46); const KEY v57 = LEAST(v2, v24);
        const KEY v58 = MOST(v2, v24); const KEY v59 = LEAST(v58, v18);
        const KEY v60 = MOST(v58, v18); const KEY v61 = LEAST(v10, v32);
        const KEY v62 = MOST(v10, v32); const KEY v63 = LEAST(v59, v61);
        const KEY v64 = MOST(v59, v61); const KEY v65 = LEAST(v60, v62);
        const KEY v66 = MOST(v60, v62); const KEY v67 = LEAST(v6, v28);
        const KEY v68 = MOST(v6, v28); const KEY v69 = LEAST(v68, v14);
        const KEY v70 = MOST(v68, v14); const KEY v71 = LEAST(v63, v67);
        const KEY v72 = MOST(v63, v67); const KEY v73 = LEAST(v64, v69);
        const KEY v74 = MOST(v64, v69); const KEY v75 = LEAST(v65, v70);
        const KEY v76 = MOST(v65, v70); const KEY v77 = LEAST(v49, v57);
        const KEY v78 = MOST(v49, v57); const KEY v79 = LEAST(v50, v71);
        const KEY v80 = MOST(v50, v71); const KEY v81 = LEAST(v51, v72);
        const KEY v82 = MOST(v51, v72); const KEY v83 = LEAST(v52, v73);
        const KEY v84 = MOST(v52, v73); const KEY v85 = LEAST(v53, v74);
        const KEY v86 = MOST(v53, v74); const KEY v87 = LEAST(v54, v75);
        const KEY v88 = MOST(v54, v75); const KEY v89 = LEAST(v55, v76);
        const KEY v90 = MOST(v55, v76); const KEY v91 = LEAST(v56, v66);
        const KEY v92 = MOST(v56, v66); const KEY v93 = LEAST(v1, v23);
        const KEY v94 = MOST(v1, v23); const KEY v95 = LEAST(v94, v17);
        const KEY v96 = MOST(v94, v17); const KEY v97 = LEAST(v9, v31);
        const KEY v98 = MOST(v9, v31); const KEY v99 = LEAST(v95, v97);
        const KEY v100 = MOST(v95, v97); const KEY v101 = LEAST(v96, v98);
        const KEY v102 = MOST(v96, v98); const KEY v103 = LEAST(v5, v27);
        const KEY v104 = MOST(v5, v27); const KEY v105 = LEAST(v104, v21);
        const KEY v106 = MOST(v104, v21); const KEY v107 = LEAST(v105, v13);
        const KEY v108 = MOST(v105, v13); const KEY v109 = LEAST(v99, v103);
        const KEY v110 = MOST(v99, v103); const KEY v111 = LEAST(v100, v107);
        const KEY v112 = MOST(v100, v107); const KEY v113 = LEAST(v101, v108);
        const KEY v114 = MOST(v101, v108); const KEY v115 = LEAST(v102, v106);
        const KEY v116 = MOST(v102, v106); const KEY v117 = LEAST(v3, v25);
        const KEY v118 = MOST(v3, v25); const KEY v119 = LEAST(v118, v19);
        const KEY v120 = MOST(v118, v19); const KEY v121 = LEAST(v119, v11);
        const KEY v122 = MOST(v119, v11); const KEY v123 = LEAST(v7, v29);
        const KEY v124 = MOST(v7, v29); const KEY v125 = LEAST(v124, v15);
        const KEY v126 = MOST(v124, v15); const KEY v127 = LEAST(v121, v123);
        const KEY v128 = MOST(v121, v123); const KEY v129 = LEAST(v122, v125);
        const KEY v130 = MOST(v122, v125); const KEY v131 = LEAST(v120, v126);
        const KEY v132 = MOST(v120, v126); const KEY v133 = LEAST(v109, v117);
        const KEY v134 = MOST(v109, v117); const KEY v135 = LEAST(v110, v127);
        const KEY v136 = MOST(v110, v127); const KEY v137 = LEAST(v111, v128);
        const KEY v138 = MOST(v111, v128); const KEY v139 = LEAST(v112, v129);
        const KEY v140 = MOST(v112, v129); const KEY v141 = LEAST(v113, v130);
        const KEY v142 = MOST(v113, v130); const KEY v143 = LEAST(v114, v131);
        const KEY v144 = MOST(v114, v131); const KEY v145 = LEAST(v115, v132);
        const KEY v146 = MOST(v115, v132); const KEY v147 = LEAST(v77, v93);
        const KEY v148 = MOST(v77, v93); const KEY v149 = LEAST(v78, v133);
        const KEY v150 = MOST(v78, v133); const KEY v151 = LEAST(v79, v134);
        const KEY v152 = MOST(v79, v134); const KEY v153 = LEAST(v80, v135);
        const KEY v154 = MOST(v80, v135); const KEY v155 = LEAST(v81, v136);
        const KEY v156 = MOST(v81, v136); const KEY v157 = LEAST(v82, v137);
        const KEY v158 = MOST(v82, v137); const KEY v159 = LEAST(v83, v138);
        const KEY v160 = MOST(v83, v138); const KEY v161 = LEAST(v84, v139);
        const KEY v162 = MOST(v84, v139); const KEY v163 = LEAST(v85, v140);
        const KEY v164 = MOST(v85, v140); const KEY v165 = LEAST(v86, v141);
        const KEY v166 = MOST(v86, v141); const KEY v167 = LEAST(v87, v142);
        const KEY v168 = MOST(v87, v142); const KEY v169 = LEAST(v88, v143);
        const KEY v170 = MOST(v88, v143); const KEY v171 = LEAST(v89, v144);
        const KEY v172 = MOST(v89, v144); const KEY v173 = LEAST(v90, v145);
        const KEY v174 = MOST(v90, v145); const KEY v175 = LEAST(v91, v146);
        const KEY v176 = MOST(v91, v146); const KEY v177 = LEAST(v92, v116);
        const KEY v178 = MOST(v92, v116); const KEY v179 = l8[0 * STAGE_STRIDE + x + 0];
        const KEY v180 = l8[1 * STAGE_STRIDE + x + 0];
        const KEY v181 = l8[2 * STAGE_STRIDE + x + 0];
        const KEY v182 = l8[3 * STAGE_STRIDE + x + 0];
        const KEY v183 = l8[4 * STAGE_STRIDE + x + 0];
        const KEY v184 = l8[5 * STAGE_STRIDE + x + 0];
        const KEY v185 = l8[6 * STAGE_STRIDE + x + 0];
        const KEY v186 = l8[7 * STAGE_STRIDE + x + 0];
        const KEY v187 = l8[8 * STAGE_STRIDE + x + 0];
        const KEY v188 = l8[9 * STAGE_STRIDE + x + 0];
        const KEY v189 = l8[10 * STAGE_STRIDE + x + 0];
        const KEY v190 = l8[11 * STAGE_STRIDE + x + 0];
        const KEY v191 = l8[12 * STAGE_STRIDE + x + 0];
        const KEY v192 = l8[13 * STAGE_STRIDE + x + 0];
        const KEY v193 = l8[14 * STAGE_STRIDE + x + 0];
        const KEY v194 = l8[15 * STAGE_STRIDE + x + 0];
        const KEY v195 = l8[16 * STAGE_STRIDE + x + 0];
        const KEY v196 = l8[17 * STAGE_STRIDE + x + 0];
        const KEY v197 = l8[18 * STAGE_STRIDE + x + 0];
        const KEY v198 = l8[19 * STAGE_STRIDE + x + 0];
        const KEY v199 = l8[20 * STAGE_STRIDE + x + 0];
        const KEY v200 = l8[21 * STAGE_STRIDE + x + 0];
        const KEY v201 = l8[22 * STAGE_STRIDE + x + 0];
        const KEY v202 = l8[23 * STAGE_STRIDE + x + 0];
        const KEY v203 = l8[24 * STAGE_STRIDE + x + 0];
        const KEY v204 = l8[25 * STAGE_STRIDE + x + 0];
        const KEY v205 = l8[26 * STAGE_STRIDE + x + 0];
        const KEY v206 = l8[27 * STAGE_STRIDE + x + 0];
        const KEY v207 = l8[28 * STAGE_STRIDE + x + 0];
        const KEY v208 = l8[29 * STAGE_STRIDE + x + 0];
        const KEY v209 = l8[30 * STAGE_STRIDE + x + 0];
        const KEY v210 = l8[31 * STAGE_STRIDE + x + 0];
        const KEY v211 = l8[32 * STAGE_STRIDE + x + 0];
        const KEY v212 = l8[33 * STAGE_STRIDE + x + 0]; const KEY v213 = MOST(v178, v179);
        const KEY v214 = MOST(v177, v180); const KEY v215 = MOST(v176, v181);
        const KEY v216 = MOST(v175, v182); const KEY v217 = MOST(v174, v183);
        const KEY v218 = MOST(v173, v184); const KEY v219 = MOST(v172, v185);
        const KEY v220 = MOST(v171, v186); const KEY v221 = MOST(v170, v187);
        const KEY v222 = MOST(v169, v188); const KEY v223 = MOST(v168, v189);
        const KEY v224 = MOST(v167, v190); const KEY v225 = MOST(v166, v191);
        const KEY v226 = MOST(v165, v192); const KEY v227 = MOST(v164, v193);
        const KEY v228 = MOST(v163, v194); const KEY v229 = MOST(v162, v195);
        const KEY v230 = MOST(v161, v196); const KEY v231 = MOST(v160, v197);
        const KEY v232 = MOST(v159, v198); const KEY v233 = MOST(v158, v199);
        const KEY v234 = MOST(v157, v200); const KEY v235 = MOST(v156, v201);
        const KEY v236 = MOST(v155, v202); const KEY v237 = MOST(v154, v203);
        const KEY v238 = MOST(v153, v204); const KEY v239 = MOST(v152, v205);
        const KEY v240 = MOST(v151, v206); const KEY v241 = MOST(v150, v207);
        const KEY v242 = MOST(v149, v208); const KEY v243 = MOST(v148, v209);
        const KEY v244 = MOST(v147, v210); const KEY v245 = MOST(v33, v211);
        const KEY v246 = LEAST(v213, v214); const KEY v247 = LEAST(v246, v215);
        const KEY v248 = LEAST(v247, v216); const KEY v249 = LEAST(v248, v217);
        const KEY v250 = LEAST(v249, v218); const KEY v251 = LEAST(v250, v219);
        const KEY v252 = LEAST(v251, v220); const KEY v253 = LEAST(v252, v221);
        const KEY v254 = LEAST(v253, v222); const KEY v255 = LEAST(v254, v223);
        const KEY v256 = LEAST(v255, v224); const KEY v257 = LEAST(v256, v225);
        const KEY v258 = LEAST(v257, v226); const KEY v259 = LEAST(v258, v227);
        const KEY v260 = LEAST(v259, v228); const KEY v261 = LEAST(v260, v229);
        const KEY v262 = LEAST(v261, v230); const KEY v263 = LEAST(v262, v231);
        const KEY v264 = LEAST(v263, v232); const KEY v265 = LEAST(v264, v233);
        const KEY v266 = LEAST(v265, v234); const KEY v267 = LEAST(v266, v235);
        const KEY v268 = LEAST(v267, v236); const KEY v269 = LEAST(v268, v237);
        const KEY v270 = LEAST(v269, v238); const KEY v271 = LEAST(v270, v239);
        const KEY v272 = LEAST(v271, v240); const KEY v273 = LEAST(v272, v241);
        const KEY v274 = LEAST(v273, v242); const KEY v275 = LEAST(v274, v243);
        const KEY v276 = LEAST(v275, v244); const KEY v277 = LEAST(v276, v245);
        const KEY v278 = LEAST(v277, v212); out[x] = v278;
    }
}

MIP_TARGET static void MIP_TYPED(median11)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    KEY *l2 = stage + 11 * STAGE_STRIDE;
    KEY *l4 = stage + 33 * STAGE_STRIDE;
    KEY *l8 = stage + 77 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[11];
        for (int i = 0; i < 11; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(median11_columns)(at, l1, n + 10);
        MIP_TYPED(median11_of_2)(l1, l2, n + 9);
        MIP_TYPED(median11_of_4)(l2, l4, n + 7);
        MIP_TYPED(median11_of_8)(l4, l8, n + 3);
        MIP_TYPED(median11_last)(l8, l2, l1, out + begin, n);
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
    KEY *l1 = stage + 0 * STAGE_STRIDE;
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[9];
        for (int i = 0; i < 9; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(cube_along_y)(at, l1, n + 2);
        MIP_TYPED(cube_last)(l1, out + begin, n);
    }
}
